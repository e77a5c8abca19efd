import { SsmParameter } from "@cdktf/provider-aws/lib/ssm-parameter";
import { Lazy, TerraformLocal } from "cdktf";
import type { Construct } from "constructs";
import { PROTOCOL } from "../../core/contract/protocol";
import type { ParameterSource, RegistryEntry } from "../../core/contract/registry-entry";
import type { Json } from "../../core/json";
import { clusterAddress } from "../terraform/address";
import { escapeData } from "../terraform/escape";
import { ValidationError } from "../terraform/validation-error";
import type { ClusterCoordinates } from "./cluster-endpoint";

/** The largest SSM parameter, and the largest that costs nothing, in bytes. */
const MAX_BYTES = 8192;
const MAX_FREE_BYTES = 4096;

/** What a cluster's construct says beside where the cluster is. */
export type ClusterRules = Pick<
  RegistryEntry,
  "cluster" | "prefix" | "ceiling" | "unmanaged" | "definers" | "drift" | "expirySchedule"
>;

/**
 * What the functions read about a cluster, as an SSM parameter. Terraform makes the JSON, since endpoint and port may be known to it
 * only.
 * @param sources Rosters in Parameter Store, once all are there.
 */
export function registryParameter(
  scope: Construct,
  path: string,
  rules: ClusterRules,
  coordinates: ClusterCoordinates,
  sources: () => readonly ParameterSource[],
): SsmParameter {
  const { host, port, resourceId, region, credentials, assumeRoleArn, pausing } = coordinates;
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
    ...(pausing === undefined ? {} : { pausing }),
  };
  const escapedSources = () => {
    const given = sources();
    // Left out where there is none, so that the entry stays what it was.
    return given.length > 0 ? { sources: escapeData(given as unknown as Json, "sources", scope) } : {};
  };
  // Tokens are longer than most of what they stand for, so this errs on the safe side.
  const bytes = () => Buffer.byteLength(JSON.stringify({ ...entry, ...escapedSources() }));
  if (bytes() > MAX_BYTES)
    throw new ValidationError(
      `the registry entry must not be larger than ${MAX_BYTES} bytes; with this \`ceiling\` it has ${bytes()}`,
      scope,
    );
  scope.node.addValidation({
    validate: () =>
      bytes() > MAX_BYTES
        ? [
            `the registry entry of ${cluster} must not be larger than ${MAX_BYTES} bytes; with its ${sources().length} sources it has ${bytes()}`,
          ]
        : [],
  });
  const local = new TerraformLocal(
    scope,
    "RegistryEntry",
    Lazy.anyValue({ produce: () => ({ ...entry, ...escapedSources() }) }),
  );
  local.overrideLogicalId(clusterAddress(cluster, "registry"));
  const parameter = new SsmParameter(scope, "Registry", {
    name: `${path}/${cluster}`,
    description: `The cluster ${cluster} for the functions that manage access`,
    type: "String",
    tier: Lazy.stringValue({ produce: () => (bytes() > MAX_FREE_BYTES ? "Advanced" : undefined) }),
    // Not `value`, which plans hide: a ceiling that is raised must stand there. Nothing in it is secret.
    insecureValue: `\${jsonencode(local.${local.friendlyUniqueId})}`,
  });
  parameter.overrideLogicalId(clusterAddress(cluster, "registry"));
  return parameter;
}
