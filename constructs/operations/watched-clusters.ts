import { Token } from "cdktf";
import type { Construct } from "constructs";
import { byCodeUnit } from "../../core/json";
import { CLUSTER_NAME_PATTERN } from "../../core/registry-entry";
import { declaredClusters, type IAuroraCluster } from "../aurora-cluster";
import type { IReconciler } from "../reconciler-props";
import { ValidationError } from "../validation-error";

/** Clusters, by construct or by name; or all that the app declares with the reconciler, whichever stack they are in. */
export type WatchedClusters = readonly (IAuroraCluster | string)[] | "declared";

/** The names of the clusters, in order. To be asked when all stacks are there. */
export function watchedClusters(scope: Construct, clusters: WatchedClusters, reconciler: IReconciler): () => string[] {
  if (clusters === "declared") return () => declaredClusters(scope, reconciler);
  const names = clusters.map(cluster => (typeof cluster === "string" ? cluster : cluster.name));
  for (const name of names)
    if (Token.isUnresolved(name) || !CLUSTER_NAME_PATTERN.test(name))
      throw new ValidationError(`\`clusters\` must hold names of clusters, known at synth, got: ${name}`, scope);
  return () => [...new Set(names)].sort(byCodeUnit);
}
