import * as z from "zod";
import type { ItemStore } from "../../runtime/item-store";
import { guardLedger } from "./guard-ledger";

const KEY = "late-logins";

const itemSchema = z.object({ until: z.string() });

/**
 * Until when a login that began before access was taken can finish: the ledger's item `late-logins` of a
 * cluster. A run after that moment ends its session. It is no part of the head, because a run whose key for
 * proofs does not answer must not write the head.
 */
export class LateLogins {
  readonly #store: ItemStore;
  readonly #table: string;

  constructor(store: ItemStore, table: string) {
    this.#store = store;
    this.#table = table;
  }

  /** @returns undefined if no run took access yet @throws LedgerError */
  async until(cluster: string): Promise<string | undefined> {
    return this.#guard(cluster, "read", async () => {
      const item = await this.#store.get(this.#table, cluster, KEY);
      return item && itemSchema.parse(item).until;
    });
  }

  /** @throws LedgerError */
  async write(cluster: string, until: Date): Promise<void> {
    const item = { pk: cluster, sk: KEY, until: until.toISOString() };
    await this.#guard(cluster, "written", () => this.#store.put({ table: this.#table, item }));
  }

  #guard<T>(cluster: string, verb: "read" | "written", work: () => Promise<T>): Promise<T> {
    return guardLedger(cluster, `the ledger (table ${this.#table}) could not be ${verb}`, work);
  }
}
