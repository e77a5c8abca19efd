import { regionOfHost } from "../../../core/contract/endpoint-region";
import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { CLUSTER_HOST } from "./cluster-identity";
import { elements, field, type RdsApi, RdsError } from "./rds-api";

/** A server of the cluster, or of another cluster of its global database. */
export interface ClusterInstance {
  /** Its identifier; with the region, if that is not the cluster's. */
  readonly name: string;
  readonly region: string;
  /** The resource id of its cluster, where that is another one of the global database. */
  readonly resourceId?: string;
  /** Absent if RDS does not say it, as while it makes the instance. */
  readonly endpoint?: { readonly host: string; readonly port: number } | undefined;
  /** Whether it took the cluster's writes when RDS last looked. */
  readonly isWriter: boolean;
  /** `available`, `creating`, `deleting`, ... */
  readonly status: string;
}

export interface FoundInstances {
  readonly instances: readonly ClusterInstance[];
  /** Why RDS did not name all, if it did not. */
  readonly unknown: readonly string[];
}

/** All servers that answer for a cluster. */
export interface ClusterInstances {
  /** Also those of other clusters of its global database. None if the cluster has one server only. */
  find(entry: RegistryEntry): Promise<FoundInstances>;
}

/** RDS names 100 instances a page, and a cluster has at most 16. */
const MAX_PAGES = 10;
const CLUSTER_ARN = /^arn:[a-z-]+:rds:([a-z0-9-]+):(\d+):cluster:(.+)$/;

/**
 * Asks RDS for the instances of the cluster that has the registered resource id. What RDS says of any other
 * cluster is not believed.
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBInstances.html
 */
export class RdsClusterInstances implements ClusterInstances {
  readonly #api: Pick<RdsApi, "ask">;

  constructor(api: Pick<RdsApi, "ask">) {
    this.#api = api;
  }

  async find(entry: RegistryEntry): Promise<FoundInstances> {
    const unknown: string[] = [];
    const unlessRefused = async <T>(work: Promise<readonly T[]>): Promise<readonly T[]> => {
      try {
        return await work;
      } catch (error) {
        unknown.push((error as Error).message);
        return [];
      }
    };
    const [own] = await unlessRefused(this.#own(entry));
    if (own === undefined) return { instances: [], unknown };
    const { region } = entry;
    const [mine, arns] = await Promise.all([
      unlessRefused(this.#instancesOf(entry, own, region)),
      unlessRefused(this.#secondaries(entry, own)),
    ]);
    const others = await Promise.all(arns.map(arn => unlessRefused(this.#instancesAt(entry, arn))));
    return { instances: [...mine, ...others.flat()], unknown };
  }

  /** The cluster of the registered resource id, or the one that was named to take its place. */
  async #own(entry: RegistryEntry): Promise<[string]> {
    const { host, nextResourceIds = [], region, resourceId } = entry;
    const ids = [resourceId, ...nextResourceIds];
    const filter = filterBy("db-cluster-resource-id", ids);
    const xml = await this.#api.ask(entry, region, { Action: "DescribeDBClusters", ...filter });
    const found = elements(xml, "DBCluster").filter(one => ids.includes(idOf(one)));
    const atHost = found.find(one => field(one, "Endpoint")?.toLowerCase() === host.toLowerCase());
    const own = atHost ?? (CLUSTER_HOST.test(host) ? undefined : found.find(one => idOf(one) === resourceId));
    if (own === undefined) throw new RdsError(`RDS has no cluster ${resourceId} with the endpoint ${host}`);
    return [own];
  }

  /** The ARNs of the other clusters of the global database. */
  async #secondaries(entry: RegistryEntry, own: string): Promise<readonly string[]> {
    const global = field(own, "GlobalClusterIdentifier");
    if (global === undefined || entry.endSessionsOn === "cluster") return [];
    const xml = await this.#api.ask(entry, entry.region, {
      Action: "DescribeGlobalClusters",
      GlobalClusterIdentifier: global,
    });
    const arns = elements(xml, "DBClusterArn");
    const arn = field(own, "DBClusterArn") ?? "";
    if (!arns.includes(arn)) throw new RdsError(`RDS does not say that ${global} holds ${arn}`);
    const account = CLUSTER_ARN.exec(arn)?.[2];
    return arns.filter(other => other !== arn && CLUSTER_ARN.exec(other)?.[2] === account);
  }

  async #instancesAt(entry: RegistryEntry, arn: string): Promise<readonly ClusterInstance[]> {
    const [, region = "", , identifier = ""] = CLUSTER_ARN.exec(arn)!;
    const request = { Action: "DescribeDBClusters", DBClusterIdentifier: identifier };
    const xml = await this.#api.ask(entry, region, request);
    const cluster = elements(xml, "DBCluster").find(one => field(one, "DBClusterArn") === arn);
    if (cluster === undefined) throw new RdsError(`RDS in ${region} does not describe ${arn}`);
    return this.#instancesOf(entry, cluster, region);
  }

  async #instancesOf(
    entry: RegistryEntry,
    cluster: string,
    region: string,
  ): Promise<readonly ClusterInstance[]> {
    const isOwn = region === entry.region;
    const members = elements(cluster, "DBClusterMember");
    if (members.length < (isOwn ? 2 : 1)) return [];
    const identifier = field(cluster, "DBClusterIdentifier") ?? "";
    const described = await this.#describe(entry, region, identifier);
    return members.map(member => {
      const name = field(member, "DBInstanceIdentifier") ?? "";
      const one = described.get(name) ?? "";
      return {
        name: isOwn ? name : `${name} in ${region}`,
        region,
        ...(!isOwn && { resourceId: idOf(cluster) }),
        endpoint: endpointOf(one, entry.host, region),
        // The writer of another cluster of a global database takes no writes of this one.
        isWriter: isOwn && field(member, "IsClusterWriter") === "true",
        status: field(one, "DBInstanceStatus") ?? "not described",
      };
    });
  }

  /** What RDS says of each instance of this cluster, by identifier. */
  async #describe(entry: RegistryEntry, region: string, identifier: string): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    let marker: string | undefined = "";
    for (let page = 0; marker !== undefined && page < MAX_PAGES; page++) {
      const xml: string = await this.#api.ask(entry, region, {
        Action: "DescribeDBInstances",
        ...filterBy("db-cluster-id", [identifier]),
        ...(marker && { Marker: marker }),
      });
      for (const one of elements(xml, "DBInstance"))
        if (field(one, "DBClusterIdentifier") === identifier)
          found.set(field(one, "DBInstanceIdentifier") ?? "", one);
      marker = field(xml, "Marker");
    }
    return found;
  }
}

const idOf = (cluster: string) => field(cluster, "DbClusterResourceId") ?? "";

function filterBy(name: string, values: readonly string[]): Record<string, string> {
  const numbered = values.map((value, index) => [`Filters.Filter.1.Values.Value.${index + 1}`, value]);
  return { "Filters.Filter.1.Name": name, ...Object.fromEntries(numbered) };
}

/** A cluster whose registered host is one of RDS has instances at hosts of RDS only. */
function endpointOf(instance: string, registered: string, region: string): ClusterInstance["endpoint"] {
  const [endpoint = ""] = elements(instance, "Endpoint");
  const [host, port] = [field(endpoint, "Address"), Number(field(endpoint, "Port"))];
  if (host === undefined || !(port > 0 && port < 65_536)) return undefined;
  const isOfRds = regionOfHost(host) === region;
  return isOfRds || !CLUSTER_HOST.test(registered) ? { host, port } : undefined;
}
