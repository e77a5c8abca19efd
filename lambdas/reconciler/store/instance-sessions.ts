import * as z from "zod";
import { canonicalJson } from "../../../core/json";
import type { AccountId } from "../../../core/mysql";
import type { ItemStore } from "../../runtime/item-store";
import { guardLedger } from "./guard-ledger";
import { LedgerBlobs } from "./ledger-blobs";

const KEY = "instances";

const itemSchema = z.object({
  known: z.array(z.string()).readonly(),
  left: z.record(z.string(), z.string()).readonly(),
});
const accountsSchema = z.object({
  accounts: z.array(z.object({ user: z.string(), host: z.string() })).readonly(),
});

/** What a cluster's runs know of its other servers. */
export interface KnownInstances {
  /** The instances that RDS named last. */
  readonly known: readonly string[];
  /**
   * By instance: the accounts whose sessions a run had to end there, and may not have ended. Where the list
   * is empty, sessions of accounts that are locked or gone.
   */
  readonly left: ReadonlyMap<string, readonly AccountId[]>;
}

/**
 * Whose sessions are still to be ended on a cluster's other servers: the ledger's item `instances`. It
 * carries no proof, as it gives nothing. It is read and written under the cluster's lock.
 */
export class InstanceSessions {
  readonly #store: ItemStore;
  readonly #table: string;
  readonly #blobs: LedgerBlobs;

  constructor(store: ItemStore, table: string) {
    this.#store = store;
    this.#table = table;
    this.#blobs = new LedgerBlobs(store, table);
  }

  /** Whether sessions are still to be ended. @throws LedgerError */
  async isLeft(cluster: string): Promise<boolean> {
    return Object.keys((await this.#item(cluster)).left).length > 0;
  }

  /** @throws LedgerError */
  async read(cluster: string): Promise<KnownInstances> {
    const { known, left } = await this.#item(cluster);
    const read = async (id: string) => accountsSchema.parse(await this.#blobs.read(cluster, id)).accounts;
    const entries = Object.entries(left).map(async ([name, id]) => [name, await read(id)] as const);
    return this.#guard(cluster, "read", async () => ({ known, left: new Map(await Promise.all(entries)) }));
  }

  /** Writes it if it differs. @throws LedgerError */
  async write(cluster: string, { known, left }: KnownInstances): Promise<void> {
    const before = await this.#item(cluster);
    await this.#guard(cluster, "written", async () => {
      const ids: Record<string, string> = {};
      for (const [name, accounts] of left)
        ids[name] = await this.#blobs.write(cluster, {
          kind: KEY,
          accounts: accounts.map(({ host, user }) => ({ host, user })),
        });
      const after = { known: [...known].sort(), left: ids };
      if (canonicalJson(after) === canonicalJson(before)) return;
      await this.#store.put({ table: this.#table, item: { pk: cluster, sk: KEY, ...after } });
      const kept = new Set(Object.values(ids));
      for (const id of new Set(Object.values(before.left)))
        if (!kept.has(id)) await this.#blobs.discard(cluster, id);
    });
  }

  #item(cluster: string): Promise<z.output<typeof itemSchema>> {
    return this.#guard(cluster, "read", async () => {
      const item = await this.#store.get(this.#table, cluster, KEY);
      return item ? itemSchema.parse(item) : { known: [], left: {} };
    });
  }

  #guard<T>(cluster: string, verb: "read" | "written", work: () => Promise<T>): Promise<T> {
    return guardLedger(cluster, `the ledger (table ${this.#table}) could not be ${verb}`, work);
  }
}
