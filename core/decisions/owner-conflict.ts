import type { PreviewRequest } from "../contract/payload";
import type { KnownCluster } from "./known-cluster";

/** The cluster's name, the owner that declares it, and whether taking it over from another owner is meant. */
export type Claim = Pick<PreviewRequest, "cluster" | "owner" | "adopt">;

type Owned = Pick<KnownCluster["head"], "owner" | "released">;

/** Whether another owner holds the cluster. A cluster that its last hook has left has no owner. */
export const isForeign = ({ owner, released }: Owned, claim: Pick<Claim, "owner">): boolean =>
  owner !== undefined && released === undefined && owner !== claim.owner;

/** Why this owner may not change the cluster; undefined if it may. */
export function ownerConflict(head: Owned, claim: Claim): string | undefined {
  if (!isForeign(head, claim) || claim.adopt) return undefined;
  return (
    `${claim.cluster} belongs to \`${head.owner}\`, and \`${claim.owner}\` declares it too. ` +
    "Remove it from one of them; to take it over, set `adopt`."
  );
}
