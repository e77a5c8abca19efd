import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import { eventDefiner, MAX_DISABLED_EVENTS } from "../../../core/mysql";
import type { Unproven } from "../../../core/unproven";
import type { ItemStore } from "../../runtime/item-store";
import type { Proofs } from "./proofs";
import { ProvenBlobs, type StoredItem } from "./proven-blobs";

const KEY = "events";
const keyOf = (cluster: string) => ({ pk: cluster, sk: KEY });
const listSchema = z.object({ disabled: z.array(z.string()) });

/** The list as it is stored. */
interface StoredList {
  readonly events: readonly string[];
  readonly unproven?: Unproven | undefined;
  readonly stored?: StoredItem;
}

/**
 * The events that runs disabled when the access of their definers ended, by `eventKey`: the ledger's item
 * `events` of a cluster.
 */
export class DisabledEvents {
  readonly #blobs: ProvenBlobs;

  constructor(store: ItemStore, table: string, proofs: Proofs) {
    this.#blobs = new ProvenBlobs(store, table, proofs);
  }

  /**
   * @returns none if the item is unproven: nobody else may say which events are to be enabled
   * @throws LedgerError
   */
  async read(cluster: string): Promise<ReadonlySet<string>> {
    const { events, unproven } = await this.#list(cluster);
    return new Set(unproven ? [] : events);
  }

  /**
   * Changes the list, under the cluster's lock. It keeps at most `MAX_DISABLED_EVENTS` events of a definer,
   * those that it has before those that are new. A person enables the others, and all of a list that grew
   * while the proofs' key did not answer.
   * @returns how many events it does not keep, by definer
   * @throws LedgerError
   */
  async change(
    cluster: string,
    change: (known: readonly string[]) => readonly string[],
  ): Promise<ReadonlyMap<string, number>> {
    const { events, stored, unproven } = await this.#list(cluster);
    const { kept, left } = limited(change(events));
    if (!unproven && isDeepStrictEqual(kept, events)) return left;
    if (unproven === "unknown" && kept.every(event => events.includes(event))) return left;
    await this.#blobs.write(keyOf(cluster), { kind: KEY, disabled: kept }, stored, true);
    return left;
  }

  async #list(cluster: string): Promise<StoredList> {
    const stored = await this.#blobs.find(keyOf(cluster));
    if (!stored) return { events: [] };
    const { item, unproven } = stored;
    // What is not by this reconciler names no event. Only a key that is silent says nothing against it.
    if (unproven && unproven !== "unknown") return { events: [], unproven, stored };
    // The commits before wrote the list into the item itself.
    const value = item["disabled"] === undefined ? await this.#blobs.value(stored) : item;
    if (value === undefined) return { events: [], unproven: "invalid", stored };
    return { events: listSchema.parse(value).disabled, unproven, stored };
  }
}

/** The events that the list keeps, and how many it does not keep, by definer. */
function limited(events: readonly string[]) {
  const counts = new Map<string, number>();
  const kept = [...new Set(events)].filter(event => {
    const definer = eventDefiner(event);
    const count = (counts.get(definer) ?? 0) + 1;
    counts.set(definer, count);
    return count <= MAX_DISABLED_EVENTS;
  });
  const beyond = [...counts].filter(([, count]) => count > MAX_DISABLED_EVENTS);
  return {
    kept,
    left: new Map(beyond.map(([definer, count]) => [definer, count - MAX_DISABLED_EVENTS])),
  };
}
