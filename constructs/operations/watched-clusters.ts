import { Token } from "cdktf";
import type { Construct } from "constructs";
import { CLUSTER_NAME_PATTERN } from "../../core/contract/registry-entry";
import { byCodeUnit } from "../../core/json";
import { declaredClusters, type IAuroraCluster } from "../cluster/aurora-cluster";
import type { IReconciler } from "../reconciler/reconciler-props";
import { ValidationError } from "../terraform/validation-error";

/** Clusters, by construct or by name; or all that the app declares with the reconciler, whichever stack they are in. */
export type WatchedClusters = readonly (IAuroraCluster | string)[] | "declared";

/** The names of the clusters, in order. To be asked when all stacks are there. */
export function watchedClusters(
  scope: Construct,
  clusters: WatchedClusters,
  reconciler: IReconciler,
): () => string[] {
  if (clusters === "declared") return () => declaredClusters(scope, reconciler);
  const names = clusters.map(cluster => (typeof cluster === "string" ? cluster : cluster.name));
  for (const name of names)
    if (Token.isUnresolved(name) || !CLUSTER_NAME_PATTERN.test(name))
      throw new ValidationError(
        `\`clusters\` must hold names of clusters, known at synth, got: ${name}`,
        scope,
      );
  return () => [...new Set(names)].sort(byCodeUnit);
}
