import { type Claim, ownerConflict } from "../../../core/decisions/owner-conflict";
import { OwnerError } from "../runtime/errors";
import type { LedgerHead } from "../store/ledger-head";

/** @throws OwnerError */
export function assertOwner(head: LedgerHead, claim: Claim): void {
  const conflict = ownerConflict(head, claim);
  if (conflict) throw new OwnerError(`${conflict} Nothing ran.`);
}
