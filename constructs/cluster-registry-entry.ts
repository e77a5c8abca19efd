import { SsmParameter } from "@cdktf/provider-aws/lib/ssm-parameter";
import { TerraformLocal } from "cdktf";
import type { Construct } from "constructs";
import { PROTOCOL } from "../core/protocol";
import type { RegistryEntry } from "../core/registry-entry";
import { clusterAddress } from "./address";
import type { ClusterCoordinates } from "./cluster-source";
import { escapeData } from "./escape";
import { ValidationError } from "./validation-error";

/** The largest SSM parameter, and the largest that costs nothing, in bytes. */
const MAX_BYTES = 8192;
const MAX_FREE_BYTES = 4096;

/** What a cluster's construct says beside where the cluster is. */
export type ClusterRules = Pick<RegistryEntry, "cluster" | "prefix" | "ceiling" | "unmanaged" | "definers">;

/**
 * What the functions read about a cluster, as an SSM parameter. Terraform makes the JSON, since endpoint and port may be known to it
 * only.
 */
export function registryParameter(
  scope: Construct,
  path: string,
  rules: ClusterRules,
  coordinates: ClusterCoordinates,
): SsmParameter {
  const { host, port, resourceId, region, credentials, assumeRoleArn } = coordinates;
  const { cluster } = rules;
  const entry = {
    protocol: PROTOCOL,
    engine: "mysql",
    host,
    port,
    resourceId,
    region,
    credentials,
    ...(assumeRoleArn === undefined ? {} : { assumeRoleArn }),
    ...escapeData({ ...rules }, "ceiling", scope),
  };
  // Tokens are longer than most of what they stand for, so this errs on the safe side.
  const bytes = Buffer.byteLength(JSON.stringify(entry));
  if (bytes > MAX_BYTES)
    throw new ValidationError(
      `the registry entry must not be larger than ${MAX_BYTES} bytes; with this \`ceiling\` it has ${bytes}`,
      scope,
    );
  const local = new TerraformLocal(scope, "RegistryEntry", entry);
  local.overrideLogicalId(clusterAddress(cluster, "registry"));
  const parameter = new SsmParameter(scope, "Registry", {
    name: `${path}/${cluster}`,
    description: `The cluster ${cluster} for the functions that manage access`,
    type: "String",
    ...(bytes > MAX_FREE_BYTES ? { tier: "Advanced" } : {}),
    // Not `value`, which plans hide: a ceiling that is raised must stand there. Nothing in it is secret.
    insecureValue: `\${jsonencode(local.${local.friendlyUniqueId})}`,
  });
  parameter.overrideLogicalId(clusterAddress(cluster, "registry"));
  return parameter;
}
