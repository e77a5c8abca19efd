import { OwnerError } from "../runtime/errors";
import type { LedgerHead } from "../store/ledger-head";

/** Why this owner may not touch the cluster, if so. A cluster that its last hook has left belongs to nobody. */
export function ownerConflict(
  head: LedgerHead,
  request: { cluster: string; owner: string; adopt: boolean },
): string | undefined {
  const { cluster, owner, adopt } = request;
  if (head.owner === undefined || head.released !== undefined || head.owner === owner || adopt)
    return undefined;
  return `${cluster} belongs to \`${head.owner}\`, and \`${owner}\` declares it too. Take it out of one of them; to take it over, set \`adopt\`.`;
}

/** @throws OwnerError */
export function assertOwner(
  head: LedgerHead,
  request: { cluster: string; owner: string; adopt: boolean },
): void {
  const conflict = ownerConflict(head, request);
  if (conflict) throw new OwnerError(`${conflict} Nothing ran.`);
}
