import type { ITerraformDependable, TerraformResource } from "cdktf";
import type { Construct } from "constructs";
import { PROTOCOL } from "../../core/contract/protocol";
import { defined } from "../../core/json";
import type { IReconciler } from "../reconciler/reconciler-props";
import { ownResources } from "../terraform/own-resources";
import { TerraformData } from "../terraform/terraform-data";
import type { ClusterCoordinates } from "./cluster-endpoint-props";

export interface GateProps {
  /** The gate's identifier in Terraform. */
  readonly logicalId: string;
  /** The values that calls of the functions depend on; `previewFunction` is the one that plans call. */
  readonly values: { readonly previewFunction: string } & Readonly<Record<string, string>>;
  /** The resources that must exist before the functions can work. Those of other stacks are ignored. */
  readonly dependables: readonly ITerraformDependable[];
}

/**
 * Tells Terraform when the functions can work. The preview and the hook read their input through the gate, so
 * Terraform reads the preview in every plan except one in which something that the gate depends on is new.
 *
 * Input and trigger are the same map, so that the gate changes by replacement only. The map holds attributes
 * that stay known when a resource changes in place. With a hash of code or a set of tags in the map, a plan
 * that changes those would show no statement.
 */
export function gate(scope: Construct, id: string, props: GateProps): TerraformData {
  const needs = ownResources(scope, props.dependables);
  const ids = needs.map(resource => [addressOf(resource), resource.getStringAttribute("id")]);
  const map = { protocol: PROTOCOL, ...props.values, needs: Object.fromEntries(ids) };
  const dependsOn = needs.map(addressOf);
  return new TerraformData(scope, id, {
    logicalId: props.logicalId,
    input: map,
    triggersReplace: map,
    dependsOn,
  });
}

/** The values that calls of the functions about a cluster depend on. */
export function gateValues(
  cluster: string,
  { applyFunction, auditTable, ledgerTable, previewFunction, registryPath }: IReconciler,
  { assumeRoleArn, credentials, externalId, resourceId }: ClusterCoordinates,
): GateProps["values"] {
  return defined({
    previewFunction,
    applyFunction,
    registry: `${registryPath}/${cluster}`,
    ledgerTable,
    auditTable,
    resourceId,
    ...credentials,
    assumeRoleArn,
    externalId,
  });
}

/** The address of a resource, without braces. */
const addressOf = (resource: TerraformResource): string =>
  `${resource.terraformResourceType}.${resource.friendlyUniqueId}`;
