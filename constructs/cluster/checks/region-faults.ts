import { Token } from "cdktf";
import type { Construct } from "constructs";
import { rootsFault } from "../../reconciler/ca-bundle";
import { defaultProvider } from "../../terraform/stack-context";
import type { ClusterCoordinates } from "../cluster-endpoint-props";
import type { DeclaredCluster } from "../declared-clusters";

/** The region in the host name of an endpoint of Aurora; undefined for any other host name. */
export const regionOfHost = (host: string): string | undefined =>
  Token.isUnresolved(host)
    ? undefined
    : /\.([a-z]{2,4}(?:-[a-z]+)+-\d{1,2})\.rds\.amazonaws\.com(?:\.cn)?\.?$/i.exec(host)?.[1]?.toLowerCase();

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
  const ofHost = regionOfHost(host);
  if (known !== undefined && ofHost !== undefined && known !== ofHost)
    return [
      `\`region\` of the endpoint must be ${ofHost}, where the host ${host} is, got: ${known}` +
        `${known === region ? "" : ", the region of the stack's provider"}. Give \`region: "${ofHost}"\``,
    ];
  const fault = rootsFault(cluster.reconciler, ofHost ?? known);
  return fault === undefined ? [] : [fault];
}
