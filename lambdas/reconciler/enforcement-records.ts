import { z } from "zod";
import type { Json } from "../../core/json";
import { LedgerError } from "./errors";
import type { ItemStore } from "./item-store";

const accountId = z.object({ user: z.string(), host: z.string() });

/** What enforcement knows of its earlier runs on a cluster. Apply neither reads nor writes it. */
const enforcementRecordSchema = z.object({
  /** When a run last looked at the database and found, or left, nothing to take. */
  lastSuccess: z.iso.datetime().optional(),
  /** The drift that was told last: it is told again only when it changes. */
  drift: z.string().optional(),
  /** The failure that was told last; absent after a success. */
  failure: z.string().optional(),
  /** What a run was about to do, while nobody knows that it did. */
  open: z
    .object({
      run: z.string(),
      /** Accounts with a grant that had expired. */
      expired: z.array(z.string()),
      /** Accounts whose sessions had to be ended. */
      sessions: z.array(accountId),
    })
    .optional(),
});

export type EnforcementRecord = z.output<typeof enforcementRecordSchema>;

/** Enforcement's own item in the ledger. Written under the cluster's lock. */
export class EnforcementRecords {
  constructor(
    private readonly store: ItemStore,
    private readonly table: string,
  ) {}

  async read(cluster: string): Promise<EnforcementRecord> {
    return this.#guard(cluster, "read", async () => {
      const item = await this.store.get(this.table, cluster, "enforcement");
      return item ? enforcementRecordSchema.parse(item) : {};
    });
  }

  async write(cluster: string, record: EnforcementRecord): Promise<void> {
    const attributes = Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
    await this.#guard(cluster, "written", () =>
      this.store.put({ table: this.table, item: { pk: cluster, sk: "enforcement", ...(attributes as Record<string, Json>) } }),
    );
  }

  async #guard<T>(cluster: string, verb: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
      throw new LedgerError(`${cluster}: enforcement's record in the ledger could not be ${verb}: ${reason}`, { cause });
    }
  }
}
