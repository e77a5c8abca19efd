import type { AccessError } from "../../../core/errors";
import { isUncertain, type OffboardMark } from "../../../core/roster/offboarded";
import type { MaybeUnproven, Unproven } from "../../../core/unproven";
import { LedgerHashError } from "../runtime/errors";
import { keyDoesNotAnswer } from "../store/proofs";

/** The worst first. */
const BY_WEIGHT: readonly Unproven[] = ["invalid", "unknown", "missing"];

/** What is worst of the items that give access: the ledger's head and the sources. */
export const worstUnproven = (
  { head }: { readonly head: MaybeUnproven },
  sources: readonly MaybeUnproven[],
): Unproven | undefined => BY_WEIGHT.find(why => [head, ...sources].some(({ unproven }) => unproven === why));

/** Why a run must not count as done: it could not check who was let in again. */
export const uncertainReason = (cluster: string, marks: readonly OffboardMark[]): AccessError | undefined =>
  marks.some(isUncertain)
    ? keyDoesNotAnswer(cluster, "Accounts of people who were let in again were left as they are.")
    : undefined;

/**
 * Why a run must not count as done: what the ledger says may be forged. A proof that is missing is no
 * failure, because that is so after an upgrade.
 */
export function distrustReason(cluster: string, unproven: Unproven | undefined): AccessError | undefined {
  if (unproven === "invalid")
    return new LedgerHashError(
      `${cluster}: the ledger holds an item without the proof of this reconciler's key: somebody else wrote it, ` +
        "or the key is another one. What expired was taken away, and nothing was given. Find out who wrote it, " +
        "then plan and apply.",
    );
  if (unproven === "unknown")
    return keyDoesNotAnswer(cluster, "What expired was taken away, and nothing was given.");
  return undefined;
}
