import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import type { MaybeUnproven } from "../../../core/unproven";
import type { ItemStore } from "../../runtime/item-store";
import { guardLedger } from "./guard-ledger";
import type { Proofs } from "./proofs";

const KEY = "events";
const itemSchema = z.object({ disabled: z.array(z.string()) });
/** An event's name and its definer take up to 500 bytes, and an item of DynamoDB 400 KB. */
const EVENTS_KEPT = 700;

/**
 * The events that runs disabled when the access of their definers ended, by `eventKey`: the ledger's item
 * `events` of a cluster.
 */
export class DisabledEvents {
  readonly #store: ItemStore;
  readonly #table: string;
  readonly #proofs: Proofs;

  constructor(store: ItemStore, table: string, proofs: Proofs) {
    this.#store = store;
    this.#table = table;
    this.#proofs = proofs;
  }

  /**
   * @returns none if the item is unproven: nobody else may say which events are to be enabled
   * @throws LedgerError
   */
  async read(cluster: string): Promise<ReadonlySet<string>> {
    const { events, unproven } = await this.#item(cluster);
    return new Set(unproven ? [] : events);
  }

  /**
   * Changes the list, under the cluster's lock. It keeps at most `EVENTS_KEPT` events, so that the item stays
   * small. A person enables the others, and all of a list that grew while the proofs' key did not answer.
   * @throws LedgerError
   */
  async change(cluster: string, change: (known: readonly string[]) => readonly string[]): Promise<void> {
    const { events, unproven } = await this.#item(cluster);
    const isUnknown = unproven === "unknown";
    const known = unproven && !isUnknown ? [] : events;
    const disabled = [...new Set(change(known))].sort().slice(0, EVENTS_KEPT);
    if (!unproven && isDeepStrictEqual(disabled, events)) return;
    if (isUnknown && disabled.every(event => events.includes(event))) return;
    const item = { pk: cluster, sk: KEY, disabled };
    // No proof may cover a list that could not be checked.
    const put = { table: this.#table, item: isUnknown ? item : await this.#proofs.prove(item) };
    await this.#guard(cluster, "written", () => this.#store.put(put));
  }

  async #item(cluster: string): Promise<MaybeUnproven & { readonly events: readonly string[] }> {
    return this.#guard(cluster, "read", async () => {
      const item = await this.#store.get(this.#table, cluster, KEY);
      if (!item) return { events: [] };
      return { events: itemSchema.parse(item).disabled, unproven: await this.#proofs.check(item) };
    });
  }

  #guard<T>(cluster: string, verb: "read" | "written", work: () => Promise<T>): Promise<T> {
    return guardLedger(cluster, `the ledger (table ${this.#table}) could not be ${verb}`, work);
  }
}
