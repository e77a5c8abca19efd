/**
 * Why an item of the ledger counts as unproven. What it says may take access away, and gives nothing.
 * - `missing`: it has no proof. An earlier release wrote it, or somebody removed the proof. Of items other
 *   than `head` also: the key did not answer when a run wrote it
 * - `invalid`: it has a proof of something else, or of another key
 * - `unknown`: the key does not answer now
 */
export type Unproven = "missing" | "invalid" | "unknown";

/** An item that may be unproven. */
export interface MaybeUnproven {
  /** Absent if the item is proven. */
  readonly unproven?: Unproven | undefined;
}
