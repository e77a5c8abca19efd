import * as z from "zod";
import type { HoldersBaseline } from "../../../core/decisions/holders";
import type { ItemStore } from "../../runtime/item-store";
import type { LedgerHead } from "./ledger-head";
import type { Proofs } from "./proofs";
import { ProvenBlobs } from "./proven-blobs";

const KEY = "holders";
const keyOf = (cluster: string) => ({ pk: cluster, sk: KEY });

/** In place of a list that is damaged or gone. The run writes it again. */
const KNOWS_NOBODY: HoldersBaseline = { databases: [], holders: {}, unproven: "invalid" };

const baselineSchema = z.object({
  databases: z.array(z.string()).readonly(),
  kinds: z.array(z.string()).readonly().optional(),
  holders: z.record(z.string(), z.string()).readonly(),
});

/** Who held what beyond the prefix when a run last looked: the ledger's item `holders` of a cluster. */
export class HoldersLedger {
  readonly #blobs: ProvenBlobs;

  constructor(store: ItemStore, table: string, proofs: Proofs) {
    this.#blobs = new ProvenBlobs(store, table, proofs);
  }

  /**
   * @param head says whether a run has written it: if it is gone, somebody deleted it
   * @returns undefined if no run has looked yet
   * @throws LedgerError
   */
  async read(cluster: string, head: Pick<LedgerHead, "watched">): Promise<HoldersBaseline | undefined> {
    const stored = await this.#blobs.find(keyOf(cluster));
    if (!stored) return head.watched ? KNOWS_NOBODY : undefined;
    const value = await this.#blobs.value(stored);
    if (value === undefined) return KNOWS_NOBODY;
    return { ...baselineSchema.parse(value), unproven: stored.unproven };
  }

  /**
   * Writes it with a proof if it differs. Called under the cluster's lock. If the proofs' key does not
   * answer, the item stays as it is, and the next run reports the same holders again.
   * @returns whether the item holds it now
   * @throws LedgerError
   */
  async write(cluster: string, { databases, holders, kinds }: HoldersBaseline): Promise<boolean> {
    const before = await this.#blobs.find(keyOf(cluster));
    if (before?.unproven === "unknown") return false;
    return this.#blobs.write(keyOf(cluster), { kind: KEY, databases, kinds, holders }, before);
  }
}
