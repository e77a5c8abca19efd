import { Token } from "cdktf";
import type { Construct } from "constructs";
import { regionOfHost } from "../../../core/contract/endpoint-region";
import { rootsFault } from "../../reconciler/ca-bundle";
import { defaultProvider } from "../../terraform/stack-context";
import type { ClusterCoordinates } from "../cluster-endpoint-props";
import type { DeclaredCluster } from "../declared-clusters";

/**
 * What is wrong with the cluster's region, as far as synth knows it: from the prop, or else from the stack's
 * provider. Call it when the stack is complete.
 */
export function regionFaults(
  cluster: Construct & DeclaredCluster,
  { host, region }: Pick<ClusterCoordinates, "host" | "region">,
): string[] {
  const given = Token.isUnresolved(region) ? defaultProvider(cluster)?.region : region;
  const known = given === undefined || Token.isUnresolved(given) ? undefined : given;
  const ofHost = Token.isUnresolved(host) ? undefined : regionOfHost(host);
  if (known !== undefined && ofHost !== undefined && known !== ofHost)
    return [
      `\`region\` of the endpoint must be ${ofHost}, where the host ${host} is, got: ${known}` +
        `${known === region ? "" : ", the region of the stack's provider"}. Give \`region: "${ofHost}"\``,
    ];
  const fault = rootsFault(cluster.reconciler, ofHost ?? known);
  return fault === undefined ? [] : [fault];
}
