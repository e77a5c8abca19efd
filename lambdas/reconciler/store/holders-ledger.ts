import * as z from "zod";
import type { HoldersBaseline } from "../../../core/decisions/holders";
import type { ItemStore } from "../../runtime/item-store";
import { guardLedger } from "./guard-ledger";
import { LedgerBlobs } from "./ledger-blobs";

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

  constructor(store: ItemStore, table: string) {
    this.#store = store;
    this.#table = table;
    this.#blobs = new LedgerBlobs(store, table);
  }

  /** @returns undefined if no run has looked yet @throws LedgerError */
  async read(cluster: string): Promise<HoldersBaseline | undefined> {
    return this.#guard(cluster, "read", async () => {
      const item = await this.#item(cluster);
      return item && baselineSchema.parse(await this.#blobs.read(cluster, item.blob));
    });
  }

  /** Writes it if it differs. Called under the cluster's lock. @throws LedgerError */
  async write(cluster: string, baseline: HoldersBaseline): Promise<void> {
    await this.#guard(cluster, "written", async () => {
      const before = await this.#item(cluster);
      const blob = await this.#blobs.write(cluster, { kind: KEY, ...baseline });
      if (before?.blob === blob) return;
      const previous = before ? { previous: before.blob } : {};
      await this.#store.put({ table: this.#table, item: { pk: cluster, sk: KEY, blob, ...previous } });
      if (before?.previous !== undefined && before.previous !== blob)
        await this.#blobs.discard(cluster, before.previous);
    });
  }

  async #item(cluster: string) {
    const item = await this.#store.get(this.#table, cluster, KEY);
    return item && itemSchema.parse(item);
  }

  #guard<T>(cluster: string, verb: "read" | "written", work: () => Promise<T>): Promise<T> {
    return guardLedger(cluster, `the ledger (table ${this.#table}) could not be ${verb}`, work);
  }
}
