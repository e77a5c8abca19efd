import type { SsmParameter } from "@cdktf/provider-aws/lib/ssm-parameter";
import type { Construct } from "constructs";
import { PROTOCOL } from "../../core/contract/protocol";
import type { ParameterSource, RegistryEntry } from "../../core/contract/registry-entry";
import { byCodeUnit, defined, type Json } from "../../core/json";
import { clusterAddress } from "../terraform/address";
import { escapeData } from "../terraform/escape";
import { jsonBytes, jsonParameter, MAX_PARAMETER_BYTES } from "../terraform/json-parameter";
import { ValidationError } from "../terraform/validation-error";
import type { ClusterCoordinates } from "./cluster-endpoint-props";
import type { DeclaredCluster } from "./declared-clusters";

/** The part of a registry entry that does not say where the cluster is. */
export type ClusterRules = Pick<
  RegistryEntry,
  | "cluster"
  | "prefix"
  | "alsoManages"
  | "takeOver"
  | "ceiling"
  | "unmanaged"
  | "definers"
  | "drift"
  | "expirySchedule"
  | "nextResourceIds"
  | "observationTimeout"
  | "endSessionsOn"
  | "terminateSessions"
  | "runRoles"
>;

/** The value, or nothing if it is empty: entries of clusters without it keep the form that they had. */
export const notEmpty = <T extends object>(value: T | undefined): T | undefined =>
  value && Object.keys(value).length > 0 ? value : undefined;

/**
 * The sources, by name, with the domains of their mails: by default those of the users folder. Without any
 * the field is absent, so that the entry keeps the form that it had.
 */
export const withMailDomains = (
  sources: readonly ParameterSource[],
  byDefault: readonly string[],
): ParameterSource[] =>
  [...sources]
    .sort((a, b) => byCodeUnit(a.name, b.name))
    .map(({ mailDomains: given, ...source }) => {
      const domains = given ?? byDefault;
      return { ...source, ...defined({ mailDomains: domains.length > 0 ? domains : undefined }) };
    });

/** What of a registry entry is known at synthesis, when everything was added. */
export interface LateRules {
  /** The cluster's sources in Parameter Store. */
  readonly sources: readonly ParameterSource[];
  /** Below which the secrets of accounts with a password are; undefined if there are none. */
  readonly secretPath: string | undefined;
  /** For how many hours an old password works; undefined for the default. */
  readonly oldPasswordHours: number | undefined;
}

/** Makes the SSM parameter that tells the functions about a cluster. @param late called at synthesis */
export function registryParameter(
  scope: Construct & Pick<DeclaredCluster, "reconciler">,
  rules: ClusterRules,
  coordinates: ClusterCoordinates,
  late: () => LateRules,
): SsmParameter {
  const { runRoles, ...data } = rules;
  const { cluster } = rules;
  const { host, port, resourceId, region, credentials, assumeRoleArn, externalId, pausing } = coordinates;
  const base = defined({
    protocol: PROTOCOL,
    engine: "mysql",
    host,
    port,
    resourceId,
    region,
    credentials,
    assumeRoleArn,
    externalId,
    // These have references, which are no data.
    runRoles,
    ...escapeData(defined(data), "ceiling", scope),
    pausing,
  });
  const entry = () => {
    const { oldPasswordHours, secretPath, sources } = late();
    const given: Json = sources.map(source => ({ ...source }));
    // Absent if there is none: the entries of clusters without sources keep the form that they always had.
    const all = { ...base, ...defined({ secretPath, oldPasswordHours }) };
    return given.length > 0 ? { ...all, sources: escapeData(given, "sources", scope) } : all;
  };
  const sizeFaults = (part: string): string[] => {
    const bytes = jsonBytes(entry());
    if (bytes <= MAX_PARAMETER_BYTES) return [];
    return [
      `the registry entry of ${cluster} must have at most ${MAX_PARAMETER_BYTES} bytes; ` +
        `with ${part} it has ${bytes}`,
    ];
  };
  for (const fault of sizeFaults("this `ceiling`")) throw new ValidationError(fault, scope);
  scope.node.addValidation({ validate: () => sizeFaults(`its ${late().sources.length} sources`) });
  return jsonParameter(scope, "Registry", {
    logicalId: clusterAddress(cluster, "registry"),
    name: `${scope.reconciler.registryPath}/${cluster}`,
    description: `The cluster ${cluster} for the functions that manage access`,
    value: entry,
  });
}
