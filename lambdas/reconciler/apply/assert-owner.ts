import { type Claim, ownerConflict } from "../../../core/decisions/owner-conflict";
import { OwnerError } from "../runtime/errors";
import type { LedgerHead } from "../store/ledger-head";

/**
 * @param outcome what had run before
 * @throws OwnerError
 */
export function assertOwner(head: LedgerHead, claim: Claim, outcome = "Nothing ran."): void {
  const conflict = ownerConflict(head, claim);
  if (conflict) throw new OwnerError(`${conflict} ${outcome}`);
}
