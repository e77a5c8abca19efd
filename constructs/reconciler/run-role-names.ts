import { createHash } from "node:crypto";
import type { RunRight } from "../../core/contract/run-role";
import type { ReconcilerNames } from "./reconciler-names";

/** The longest name of a role, in characters. */
const MAX_NAME = 64;

/** The path of all run roles of a reconciler. */
export const runRolePath = ({ name }: Pick<ReconcilerNames, "name">): string => `/${name}/`;

/**
 * The name of a cluster's run role: `aurora-users.orders-apply`. No reconciler's name has a dot, so that two
 * of them never make the same. IAM ignores case: a name with capital letters, or one that is cut, gets a
 * hash.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export function runRoleName(
  { name: reconciler }: Pick<ReconcilerNames, "name">,
  cluster: string,
  right: RunRight,
): string {
  const start = `${reconciler}.`;
  const plain = `${start}${cluster}-${right}`;
  if (plain.length <= MAX_NAME && cluster === cluster.toLowerCase()) return plain;
  const hash = createHash("sha256").update(cluster).digest("hex").slice(0, 8);
  const end = `-${hash}-${right}`;
  return start + cluster.slice(0, MAX_NAME - start.length - end.length) + end;
}

/** The run role of a cluster as IAM's ARNs name it: `role/aurora-users/aurora-users.orders-apply`. */
export const runRoleResource = (
  names: Pick<ReconcilerNames, "name">,
  cluster: string,
  right: RunRight,
): string => `role${runRolePath(names)}${runRoleName(names, cluster, right)}`;

/** The run roles of all clusters, as a pattern. */
export const anyRunRoleResource = (names: Pick<ReconcilerNames, "name">, right: RunRight): string =>
  `role${runRolePath(names)}*-${right}`;
