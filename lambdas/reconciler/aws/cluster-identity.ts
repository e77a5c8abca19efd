import { regionOfHost } from "../../../core/contract/endpoint-region";
import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { field, type RdsApi, RdsError } from "./rds-api";

/** Which cluster answers at a registered host name. */
export interface ClusterIdentity {
  /**
   * The resource id of the cluster that has the host name now.
   * @returns undefined if the host name is no endpoint of an Aurora cluster, or no cluster has it
   * @throws Error when AWS does not answer, or does not allow the call
   */
  resourceIdAt(entry: RegistryEntry): Promise<string | undefined>;
}

export const CLUSTER_HOST = /^([a-z][a-z0-9-]*)\.cluster-[a-z0-9]+\..*\.amazonaws\.com(?:\.cn)?$/i;

/** Asks RDS. @see https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBClusters.html */
export class RdsClusterIdentity implements ClusterIdentity {
  readonly #api: RdsApi;

  constructor(api: RdsApi) {
    this.#api = api;
  }

  async resourceIdAt(entry: RegistryEntry): Promise<string | undefined> {
    const [, identifier] = CLUSTER_HOST.exec(entry.host) ?? [];
    const region = regionOfHost(entry.host);
    if (identifier === undefined || region === undefined) return undefined;
    const request = { Action: "DescribeDBClusters", DBClusterIdentifier: identifier };
    const xml = await this.#api.ask(entry, region, request).catch((error: unknown) => {
      if (error instanceof RdsError && error.rdsCode === "DBClusterNotFoundFault") return "";
      throw error;
    });
    const isAtHost = field(xml, "Endpoint")?.toLowerCase() === entry.host.toLowerCase();
    return isAtHost ? field(xml, "DbClusterResourceId") : undefined;
  }
}
