import type { AwsRequest } from "../aws-http/aws-request";

const BY_RESOURCE_ID = "db-cluster-resource-id";

/**
 * What moto's RDS lacks: where the servers of this machine answer that stand for a cluster's instances, and
 * the filter of clusters by resource id.
 */
export class RdsInstances {
  /** By the instance's identifier. */
  readonly endpoints = new Map<string, { readonly host: string; readonly port: number }>();

  /** The body to send to moto instead; `undefined` when the request needs no change. */
  rewrite(request: AwsRequest): Buffer | undefined {
    if (resourceIds(request).length === 0) return undefined;
    const parameters = new URLSearchParams(String(request.body));
    const kept = [...parameters].filter(([name]) => !name.startsWith("Filters."));
    return Buffer.from(new URLSearchParams(kept).toString());
  }

  /** @returns what to call with moto's answer */
  watch(request: AwsRequest): ((text: string) => Promise<string>) | undefined {
    if (request.service !== "rds" || !request.operation.startsWith("Describe")) return undefined;
    const ids = resourceIds(request);
    return async text => this.#placed(ids.length > 0 ? onlyClusters(text, ids) : text);
  }

  #placed(xml: string): string {
    return xml.replace(/<DBInstance>.*?<\/DBInstance>/gs, instance => {
      const identifier = /<DBInstanceIdentifier>([^<]+)</.exec(instance)?.[1] ?? "";
      const endpoint = this.endpoints.get(identifier);
      if (!endpoint) return instance;
      const { host, port } = endpoint;
      const placed = `<Endpoint><Address>${host}</Address><Port>${port}</Port></Endpoint>`;
      return instance.replace(/<Endpoint>.*?<\/Endpoint>/s, placed);
    });
  }
}

function resourceIds({ body, operation, service }: AwsRequest): string[] {
  if (service !== "rds" || operation !== "DescribeDBClusters") return [];
  const parameters = new URLSearchParams(String(body));
  if (parameters.get("Filters.Filter.1.Name") !== BY_RESOURCE_ID) return [];
  return [...parameters]
    .filter(([name]) => name.startsWith("Filters.Filter.1.Values.Value."))
    .map(([, value]) => value);
}

const onlyClusters = (xml: string, ids: readonly string[]): string =>
  xml.replace(/<DBCluster>.*?<\/DBCluster>/gs, cluster =>
    ids.some(id => cluster.includes(`<DbClusterResourceId>${id}<`)) ? cluster : "",
  );
