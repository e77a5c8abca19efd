import type { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import type { RegistryEntry } from "../../../core/contract/registry-entry";

/** Whether a cluster that pauses when idle is paused. */
export interface Capacity {
  /** @returns false also if CloudWatch has no measurement. @throws Error when CloudWatch does not answer */
  isPaused(entry: RegistryEntry, now: Date): Promise<boolean>;
}

const LOOK_BACK_MS = 10 * 60_000;

/**
 * A paused Aurora Serverless v2 instance reports a capacity of 0. A query to the database would resume it.
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2-auto-pause.html
 */
export class CloudWatchCapacity implements Capacity {
  readonly #client: (entry: RegistryEntry) => Promise<Pick<CloudWatchClient, "send">>;

  /** @param client for the cluster's region and account */
  constructor(client: (entry: RegistryEntry) => Promise<Pick<CloudWatchClient, "send">>) {
    this.#client = client;
  }

  async isPaused(entry: RegistryEntry, now: Date): Promise<boolean> {
    if (!entry.pausing) return false;
    const Metric = {
      Namespace: "AWS/RDS",
      MetricName: "ServerlessDatabaseCapacity",
      Dimensions: [
        { Name: "DBClusterIdentifier", Value: entry.pausing.clusterIdentifier },
        { Name: "Role", Value: "WRITER" },
      ],
    };
    const { GetMetricDataCommand } = await import("@aws-sdk/client-cloudwatch");
    const client = await this.#client(entry);
    const { MetricDataResults = [] } = await client.send(
      new GetMetricDataCommand({
        StartTime: new Date(now.getTime() - LOOK_BACK_MS),
        EndTime: now,
        ScanBy: "TimestampDescending",
        MetricDataQueries: [{ Id: "capacity", MetricStat: { Metric, Period: 60, Stat: "Maximum" } }],
      }),
    );
    return MetricDataResults[0]?.Values?.[0] === 0;
  }
}
