import { type ITerraformDependable, TerraformElement, TerraformResource, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { PROTOCOL } from "../../core/contract/protocol";
import type { IReconciler } from "../reconciler/reconciler-props";
import { clusterAddress } from "../terraform/address";
import { TerraformData } from "../terraform/terraform-data";
import type { ClusterCoordinates } from "./cluster-endpoint";

/** The address of a resource, unbraced. */
export const addressOf = (resource: TerraformResource): string =>
  `${resource.terraformResourceType}.${resource.friendlyUniqueId}`;

/** The resources among the dependables that are this stack's own. What another stack holds is there before this one is applied. */
export function resourcesOf(
  scope: Construct,
  dependables: readonly ITerraformDependable[],
): TerraformResource[] {
  const stack = TerraformStack.of(scope);
  return dependables.filter(
    (item): item is TerraformResource =>
      TerraformElement.isTerraformElement(item) &&
      TerraformResource.isTerraformResource(item) &&
      TerraformStack.of(item) === stack,
  );
}

/**
 * Tells Terraform when the functions can work on the cluster. The preview and the hook take what they need through it, so that
 * Terraform reads the preview in every plan but the one in which something it needs is new.
 *
 * Input and trigger are the same map, so that it changes by replacement only. The map names things by attributes that stay known
 * when the things change in place: with a hash of code or a set of tags in it, a plan that changes those would show no statement.
 */
export function clusterGate(
  scope: Construct,
  cluster: string,
  reconciler: IReconciler,
  coordinates: ClusterCoordinates,
  dependables: readonly ITerraformDependable[],
): TerraformData {
  const needs = resourcesOf(scope, dependables);
  const map = {
    protocol: PROTOCOL,
    previewFunction: reconciler.previewFunction,
    applyFunction: reconciler.applyFunction,
    registry: `${reconciler.registryPath}/${cluster}`,
    ledgerTable: reconciler.ledgerTable,
    auditTable: reconciler.auditTable,
    resourceId: coordinates.resourceId,
    ...coordinates.credentials,
    ...(coordinates.assumeRoleArn === undefined ? {} : { assumeRoleArn: coordinates.assumeRoleArn }),
    needs: Object.fromEntries(
      needs.map(resource => [addressOf(resource), resource.getStringAttribute("id")]),
    ),
  };
  return new TerraformData(scope, "Gate", {
    logicalId: clusterAddress(cluster, "gate"),
    input: map,
    triggersReplace: map,
    dependsOn: needs.map(addressOf),
  });
}
