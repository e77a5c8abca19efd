import { nameSome } from "../name-some";
import type { RegisteredCluster } from "./known-cluster";
import { everDeclared } from "./rosters-in-effect";

/** How the list of clusters names one whose name another cluster took. No cluster's own name holds an `@`. */
export const replacedName = (cluster: string, resourceId: string): string => `${cluster}@${resourceId}`;

/**
 * The accounts that stay on a cluster when another takes its name; undefined if it is still the same cluster.
 */
export function leftBehind({ entry, state, states }: RegisteredCluster) {
  const { released, resourceId } = state.head;
  if (resourceId === undefined || resourceId === entry.resourceId || released !== undefined) return undefined;
  const accounts = [...new Set(everDeclared(state, states))].sort();
  return { former: replacedName(entry.cluster, resourceId), accounts };
}

/** The note in the plan about accounts that stay on another cluster. */
export function leftBehindNote(cluster: RegisteredCluster): string[] {
  const { accounts } = leftBehind(cluster) ?? { accounts: [] };
  if (accounts.length === 0) return [];
  const { entry, state } = cluster;
  return [
    `${entry.cluster} is ${entry.resourceId} now and was ${state.head.resourceId}. Nothing is taken away on that ` +
      `cluster: ${accounts.length} accounts stay on it (${nameSome(accounts)}). If it still exists, drop them there.`,
  ];
}
