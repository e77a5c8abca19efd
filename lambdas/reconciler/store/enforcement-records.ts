import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Json } from "../../../core/json";
import { pause } from "../../runtime/deadline";
import type { Condition, Item, ItemStore } from "../../runtime/item-store";
import { LedgerError } from "../runtime/errors";
import { guardLedger } from "./guard-ledger";
import { readBlob, removeBlob, writeBlob } from "./ledger-blobs";

const accountId = z.object({ user: z.string(), host: z.string() });

const openSchema = z.object({
  run: z.string(),
  /** Accounts with a grant that had expired. */
  expired: z.array(z.string()),
  /** Accounts whose sessions had to be ended. */
  sessions: z.array(accountId),
});

const itemSchema = z.object({
  lastSuccess: z.iso.datetime().optional(),
  drift: z.string().optional(),
  failure: z.string().optional(),
  write: z.string(),
  /** A blob: thousands of accounts do not fit an item. */
  open: z.string().optional(),
});

/** What enforcement knows of its earlier runs on a cluster. Apply neither reads nor writes it. */
export interface EnforcementRecord {
  /** When a run last looked at the database and found, or left, nothing to take. */
  readonly lastSuccess?: string | undefined;
  /** The drift that was told last: it is told again only when it changes. */
  readonly drift?: string | undefined;
  /** The failure that was told last; absent after a success. */
  readonly failure?: string | undefined;
  /** What a run was about to do, while nobody knows that it did. */
  readonly open?: z.output<typeof openSchema> | undefined;
  /** The item that this was read from, or written as. */
  readonly stored?: { readonly write: string; readonly open?: string | undefined };
}

/** DynamoDB takes 4 MB in a transaction. */
const ITEMS_ALONGSIDE = 8;
const ATTEMPTS = 5;
const KEY = "enforcement";

/** Enforcement's own item in the ledger. */
export class EnforcementRecords {
  constructor(
    private readonly store: ItemStore,
    private readonly table: string,
  ) {}

  /** @throws LedgerError */
  async read(cluster: string): Promise<EnforcementRecord> {
    return this.#guard(cluster, "read", async () => {
      const item = await this.store.get(this.table, cluster, KEY);
      if (!item) return {};
      const { open, write, ...known } = itemSchema.parse(item);
      if (open === undefined) return { ...known, stored: { write } };
      return {
        ...known,
        open: openSchema.parse(await readBlob(this.store, this.table, cluster, open)),
        stored: { write, open },
      };
    });
  }

  /**
   * Writes the record, by whoever holds the cluster's lock.
   * @param alongside items of the ledger that become true with it
   * @returns the record as it is now
   * @throws LedgerError
   */
  async write(
    cluster: string,
    record: EnforcementRecord,
    alongside: readonly Item[] = [],
  ): Promise<EnforcementRecord> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const written = await this.#put(cluster, record, alongside, undefined);
      if (written) return written;
      await pause(20 * attempt);
    }
    throw new LedgerError(
      `${cluster}: enforcement's record in the ledger could not be written: others are writing it.`,
    );
  }

  /** The same by whoever does not hold the lock: only over the very record that was read. @returns whether it was written */
  async replace(
    cluster: string,
    { stored }: EnforcementRecord,
    record: EnforcementRecord,
    alongside: readonly Item[] = [],
  ): Promise<boolean> {
    const condition: Condition = stored ? { attribute: "write", equals: stored.write } : "absent";
    return (await this.#put(cluster, record, alongside, condition)) !== undefined;
  }

  #put(
    cluster: string,
    { open, stored, ...known }: EnforcementRecord,
    alongside: readonly Item[],
    condition?: Condition,
  ) {
    return this.#guard(cluster, "written", async () => {
      const blob = open && (await writeBlob(this.store, this.table, cluster, open as unknown as Json));
      const write = randomUUID();
      const attributes = Object.fromEntries(
        Object.entries({ ...known, write, open: blob }).filter(([, value]) => value !== undefined),
      );
      const item = { pk: cluster, sk: KEY, ...(attributes as Record<string, Json>) };
      const puts = alongside.map(other => ({ table: this.table, item: other }));
      for (const put of puts.slice(ITEMS_ALONGSIDE)) await this.store.put(put);
      const record = { table: this.table, item, ...(condition === undefined ? {} : { condition }) };
      if (!(await this.store.put(record, ...puts.slice(0, ITEMS_ALONGSIDE)))) return undefined;
      if (stored?.open !== undefined && stored.open !== blob)
        await removeBlob(this.store, this.table, cluster, stored.open).catch(() => {});
      return { ...known, open, stored: { write, open: blob } };
    });
  }

  #guard<T>(cluster: string, verb: string, work: () => Promise<T>): Promise<T> {
    return guardLedger(cluster, `enforcement's record in the ledger could not be ${verb}`, work);
  }
}
