import type { Construct } from "constructs";
import { CLUSTER_NAME_PATTERN } from "../../core/contract/registry-entry";
import { byCodeUnit } from "../../core/json";
import type { IAuroraCluster } from "../cluster/cluster";
import { declaredClusters } from "../cluster/declared-clusters";
import type { IReconciler } from "../reconciler/reconciler-props";
import { assertText } from "../terraform/assertions";

/**
 * Clusters, given as constructs or by name; or "declared" for all clusters that the app declares with the
 * reconciler, in any stack.
 */
export type WatchedClusters = readonly (IAuroraCluster | string)[] | "declared";

const NAME = { pattern: CLUSTER_NAME_PATTERN, rule: "names of clusters" };

/** A function that returns the clusters' names, in order. Call it when all stacks are complete. */
export function watchedClusters(scope: Construct, clusters: WatchedClusters, reconciler: IReconciler) {
  if (clusters === "declared") return () => declaredClusters(scope, reconciler);
  const names = clusters.map(cluster => (typeof cluster === "string" ? cluster : cluster.name));
  for (const name of names) assertText(scope, "clusters", name, NAME);
  return () => [...new Set(names)].sort(byCodeUnit);
}
