import * as z from "zod";
import type { HoldersBaseline } from "../../../core/decisions/holders";
import type { ItemStore } from "../../runtime/item-store";
import { LedgerHashError } from "../runtime/errors";
import { guardLedger } from "./guard-ledger";
import { LedgerBlobs } from "./ledger-blobs";
import type { Proofs } from "./proofs";

const KEY = "holders";

const itemSchema = z.object({
  /** A blob: there may be thousands of holders. */
  blob: z.string(),
  /** The blob before, for a reader that has just read the item. */
  previous: z.string().optional(),
});

const baselineSchema = z.object({
  databases: z.array(z.string()).readonly(),
  kinds: z.array(z.string()).readonly().optional(),
  holders: z.record(z.string(), z.string()).readonly(),
});

/** Who held what beyond the prefix when a run last looked: the ledger's item `holders` of a cluster. */
export class HoldersLedger {
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

  /** @returns undefined if no run has looked yet @throws LedgerError */
  async read(cluster: string): Promise<HoldersBaseline | undefined> {
    return this.#guard(cluster, "read", async () => {
      const item = await this.#item(cluster);
      if (!item) return undefined;
      const damaged = (error: unknown) => {
        if (error instanceof LedgerHashError) return undefined;
        throw error;
      };
      const value = await this.#blobs.read(cluster, item.blob).catch(damaged);
      // It says of nobody that they are known, and is written again.
      if (value === undefined) return { databases: [], holders: {}, unproven: "invalid" };
      return { ...baselineSchema.parse(value), unproven: item.unproven };
    });
  }

  /**
   * Writes it with a proof if it differs. Called under the cluster's lock. If the proofs' key does not
   * answer, the item stays as it is, and the next run reports the same holders again.
   * @throws LedgerError
   */
  async write(cluster: string, { databases, holders, kinds }: HoldersBaseline): Promise<void> {
    await this.#guard(cluster, "written", async () => {
      const before = await this.#item(cluster);
      if (before?.unproven === "unknown") return;
      const blob = await this.#blobs.write(cluster, { kind: KEY, databases, kinds, holders });
      if (before?.blob === blob && !before.unproven) return;
      const previous = before ? { previous: before.blob } : {};
      const item = await this.#proofs.prove({ pk: cluster, sk: KEY, blob, ...previous });
      if (item.proof === undefined) return;
      await this.#store.put({ table: this.#table, item });
      if (before?.previous !== undefined && before.previous !== blob)
        await this.#blobs.discard(cluster, before.previous);
    });
  }

  async #item(cluster: string) {
    const item = await this.#store.get(this.#table, cluster, KEY);
    return item && { ...itemSchema.parse(item), unproven: await this.#proofs.check(item) };
  }

  #guard<T>(cluster: string, verb: "read" | "written", work: () => Promise<T>): Promise<T> {
    return guardLedger(cluster, `the ledger (table ${this.#table}) could not be ${verb}`, work);
  }
}
