import { randomUUID } from "node:crypto";
import * as z from "zod";
import { type Condition, type Item, type ItemStore, retryConflict } from "../../runtime/item-store";
import { LedgerError } from "../runtime/errors";
import { guardLedger } from "./guard-ledger";
import { LedgerBlobs } from "./ledger-blobs";
import type { Proofs } from "./proofs";

const openSchema = z.object({
  run: z.string(),
  /** Accounts with a grant that had expired. */
  expired: z.array(z.string()),
  /** Accounts whose sessions had to be ended. */
  sessions: z.array(z.object({ user: z.string(), host: z.string() })),
});

const itemSchema = z.object({
  lastSuccess: z.iso.datetime().optional(),
  drift: z.string().optional(),
  failure: z.string().optional(),
  write: z.string(),
  /** A blob: thousands of accounts do not fit into an item. */
  open: z.string().optional(),
});

/** What earlier enforcement runs on a cluster recorded. Apply neither reads nor writes it. */
export interface EnforcementRecord {
  /** When a run last inspected the database, and nothing was left to revoke. */
  readonly lastSuccess?: string | undefined;
  /** The drift that was reported last. It is reported again only when it changes. */
  readonly drift?: string | undefined;
  /** The failure that was reported last; absent after a success. */
  readonly failure?: string | undefined;
  /** What a run was about to do, until it is known that it did. */
  readonly open?: z.output<typeof openSchema> | undefined;
  /** The item that this record was read from or written as. */
  readonly stored?: { readonly write: string; readonly open?: string | undefined };
}

/** DynamoDB accepts 4 MB in one transaction. */
const ITEMS_ALONGSIDE = 8;
const ATTEMPTS = 5;
const KEY = "enforcement";

/** Enforcement's own item in the ledger. */
export class EnforcementRecords {
  readonly #store: ItemStore;
  readonly #table: string;
  readonly #blobs: LedgerBlobs;
  readonly #proofs: Proofs;

  constructor(store: ItemStore, table: string, proofs: Proofs) {
    this.#store = store;
    this.#table = table;
    this.#proofs = proofs;
    this.#blobs = new LedgerBlobs(store, table);
  }

  /** Of an unproven record only the sessions that have to end are believed. @throws LedgerError */
  async read(cluster: string): Promise<EnforcementRecord> {
    return this.#guard(cluster, "read", async () => {
      const item = await this.#store.get(this.#table, cluster, KEY);
      if (!item) return {};
      const { open, write, ...known } = itemSchema.parse(item);
      const believed = (await this.#proofs.checkUnlessOurs(item)) ? undefined : known;
      if (open === undefined) return { ...believed, stored: { write } };
      const value = openSchema.parse(await this.#blobs.read(cluster, open));
      const expired = believed ? value.expired : [];
      return { ...believed, open: { ...value, expired }, stored: { write, open } };
    });
  }

  /**
   * Writes the record. Only for a run that holds the cluster's lock.
   * @param alongside items of the ledger that become true with the record
   * @returns the record as it is stored
   * @throws LedgerError
   */
  async write(cluster: string, record: EnforcementRecord, alongside: readonly Item[] = []) {
    const retry = { attempts: ATTEMPTS, pauseMs: (attempt: number) => 20 * attempt };
    const written = await retryConflict(retry, () => this.#put(cluster, record, alongside));
    if (written) return written;
    throw new LedgerError(
      `${cluster}: enforcement's record in the ledger could not be written: other runs write it all the time.`,
    );
  }

  /**
   * The same for a run that does not hold the lock: replaces only the record that was read.
   * @returns whether it did
   */
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
      const blob = open && (await this.#blobs.write(cluster, open));
      const write = randomUUID();
      const item = await this.#proofs.prove({ pk: cluster, sk: KEY, ...known, write, open: blob });
      const record = { table: this.#table, item, condition };
      const puts = alongside.map(item => ({ table: this.#table, item }));
      for (const put of puts.slice(ITEMS_ALONGSIDE)) await this.#store.put(put);
      if (!(await this.#store.put(record, ...puts.slice(0, ITEMS_ALONGSIDE)))) return undefined;
      if (stored?.open !== undefined && stored.open !== blob) await this.#blobs.discard(cluster, stored.open);
      return { ...known, open, stored: { write, open: blob } };
    });
  }

  #guard<T>(cluster: string, verb: "read" | "written", work: () => Promise<T>): Promise<T> {
    return guardLedger(cluster, `enforcement's record in the ledger could not be ${verb}`, work);
  }
}
