import * as z from "zod";
import type { Json } from "../../../core/json";
import type { MaybeUnproven } from "../../../core/unproven";
import type { Item, ItemStore } from "../../runtime/item-store";
import { LedgerHashError } from "../runtime/errors";
import { guardLedger } from "./guard-ledger";
import { LedgerBlobs } from "./ledger-blobs";
import type { Proofs } from "./proofs";

/** The keys of an item that names a blob. */
type Key = Pick<Item, "pk" | "sk">;

const namesSchema = z.object({
  blob: z.string(),
  /** The blob before, for a reader that has just read the item. */
  previous: z.string().optional(),
});

/** An item as it is stored, and whether it is proven. */
export interface StoredItem extends MaybeUnproven {
  readonly item: Item;
}

/** Values that change and may be too large for an item: each is a blob that a proven item names. */
export class ProvenBlobs {
  readonly #store: ItemStore;
  readonly #table: string;
  readonly #proofs: Proofs;
  readonly #blobs: LedgerBlobs;

  constructor(store: ItemStore, table: string, proofs: Proofs) {
    this.#store = store;
    this.#table = table;
    this.#proofs = proofs;
    this.#blobs = new LedgerBlobs(store, table);
  }

  /** @returns undefined if it was never written @throws LedgerError */
  find({ pk, sk }: Key): Promise<StoredItem | undefined> {
    return this.#guard(pk, "read", async () => {
      const item = await this.#store.get(this.#table, pk, sk);
      return item && { item, unproven: await this.#proofs.check(item) };
    });
  }

  /** The value that an item names; undefined if it names none, or a damaged one. @throws LedgerError */
  async value({ item }: StoredItem): Promise<Json | undefined> {
    const names = namesSchema.safeParse(item);
    if (!names.success) return undefined;
    return this.#guard(item.pk, "read", () =>
      this.#blobs.read(item.pk, names.data.blob).catch(error => {
        if (error instanceof LedgerHashError) return undefined;
        throw error;
      }),
    );
  }

  /**
   * Makes the item name this value, unless it does so with a proof. Called under the cluster's lock.
   * @param before the item as it is; if it could not be checked, the new one gets no proof
   * @param alsoUnproven whether an item without a proof is written as well
   * @returns whether the item names it now
   * @throws LedgerError
   */
  async write(key: Key, value: Json, before: StoredItem | undefined, alsoUnproven = false): Promise<boolean> {
    return this.#guard(key.pk, "written", async () => {
      const { data: names } = namesSchema.safeParse(before?.item);
      const blob = await this.#blobs.write(key.pk, value);
      if (names?.blob === blob && !before?.unproven) return true;
      const named: Item = { ...key, blob, previous: names?.blob };
      const item = before?.unproven === "unknown" ? named : await this.#proofs.prove(named);
      if (item["proof"] === undefined && !alsoUnproven) return false;
      await this.#store.put({ table: this.#table, item });
      // An unproven item may name anything.
      if (names?.previous !== undefined && names.previous !== blob && !before?.unproven)
        await this.#blobs.discard(key.pk, names.previous);
      return true;
    });
  }

  #guard<T>(cluster: string, verb: "read" | "written", work: () => Promise<T>): Promise<T> {
    return guardLedger(cluster, `the ledger (table ${this.#table}) could not be ${verb}`, work);
  }
}
