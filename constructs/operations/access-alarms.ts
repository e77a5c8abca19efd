import {
  CloudwatchMetricAlarm,
  type CloudwatchMetricAlarmConfig,
} from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import { Lazy } from "cdktf";
import type { Construct } from "constructs";
import { METRIC_NAMESPACE } from "../../core/contract/metrics";
import { DEFAULT_INTERVAL_MINUTES } from "../cluster/aurora-cluster-props";
import { declaredInterval } from "../cluster/declared-clusters";
import type { IAccessNotifier } from "../notifications/notifier-props";
import type { IReconciler } from "../reconciler/reconciler-props";
import { AccessConstruct } from "../terraform/access-construct";
import { encodeName, type ResourceConfig, resource } from "../terraform/address";
import { assertArn, assertWhole } from "../terraform/assertions";
import { claimName } from "../terraform/claimed-names";
import {
  type AlarmDefinition,
  alarmDescription,
  CLUSTER_ALARMS,
  DEAD_LETTERS_ALARM,
} from "./alarm-definitions";
import { type WatchedClusters, watchedClusters } from "./watched-clusters";

export interface AccessAlarmsProps {
  /** The reconciler whose runs are watched. */
  readonly reconciler: IReconciler;
  /**
   * The clusters that are watched.
   * @default "declared" - all clusters that the app declares with the reconciler
   */
  readonly clusters?: WatchedClusters;
  /** The ARN of the SNS topic that gets a message when an alarm is raised and when it ends. */
  readonly topicArn: string;
  /**
   * The notifier whose dead-letter queue is watched, in addition to the reconciler's.
   * @default - none
   */
  readonly notifier?: IAccessNotifier;
  /**
   * The interval of enforcement of clusters that this app does not declare, in minutes, 1 to 1440.
   * @default 15
   */
  readonly everyMinutes?: number;
  /**
   * The tags of the alarms.
   * @default - the provider's default tags only
   */
  readonly tags?: Record<string, string>;
}

/**
 * CloudWatch alarms; `docs/operations.md` explains each of them.
 *
 * - For every cluster: `<service>-<cluster>-failed`, `-drifted`, `-grant-options`, `-new-holders`,
 *   `-locked-accounts`, `-overdue`, `-ledger-hash`, `-audit-trail`, `-audit-anchor`, `-clock`,
 *   `-source-refused` and `-events-held`.
 * - For every queue of calls or messages that never succeeded: an alarm with the queue's name.
 *
 * @example
 * new AccessAlarms(this, "Alarms", { reconciler, topicArn: "arn:aws:sns:eu-west-1:111122223333:on-call" });
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
 */
export class AccessAlarms extends AccessConstruct {
  readonly #clusters: () => string[];
  readonly #service: string;
  readonly #queues: readonly string[];

  constructor(scope: Construct, id: string, props: AccessAlarmsProps) {
    super(scope, id);
    const { reconciler, notifier } = props;
    assertArn(this, "topicArn", props.topicArn, "topic");
    assertWhole(this, "everyMinutes", props.everyMinutes, [1, 1440]);
    this.#service = reconciler.name;
    this.#clusters = watchedClusters(this, props.clusters ?? "declared", reconciler);
    this.#queues = [reconciler.deadLetterQueue, ...(notifier ? [notifier.deadLetterQueue] : [])];
    claimName(this, "alarms of", this.#service);
    for (const definition of CLUSTER_ALARMS) this.#watchClusters(definition, props);
    for (const queue of this.#queues) this.#watchQueue(queue, props);
  }

  /** The names of all alarms, in order. Call it when all stacks are complete. */
  alarmNames(): string[] {
    const ofClusters = this.#clusters().flatMap(cluster =>
      CLUSTER_ALARMS.map(({ name }) => `${this.#service}-${cluster}-${name}`),
    );
    return [...ofClusters, ...this.#queues];
  }

  /** Makes one resource for all clusters, because clusters of other stacks may be declared later. */
  #watchClusters(definition: AlarmDefinition, props: AccessAlarmsProps): void {
    const { name, metric, statistic, threshold, periods, breaching, missing } = definition;
    const alarm = this.#alarm(`Alarm-${name}`, props, {
      logicalId: `${encodeName(this.#service)}-${name}`,
      alarmName: `${this.#service}-\${each.key}-${name}`,
      alarmDescription: alarmDescription(definition),
      namespace: METRIC_NAMESPACE,
      metricName: metric,
      dimensions: { service: this.#service, cluster: "${each.key}" },
      statistic,
      threshold,
      evaluationPeriods: periods,
      datapointsToAlarm: breaching,
      treatMissingData: missing,
    });
    alarm.addOverride("period", "${each.value}");
    alarm.addOverride("for_each", Lazy.anyValue({ produce: () => this.#periods(props) }));
  }

  /** The interval of each cluster's enforcement, in seconds. */
  #periods({ reconciler, everyMinutes = DEFAULT_INTERVAL_MINUTES }: AccessAlarmsProps): object {
    const seconds = (cluster: string) => 60 * (declaredInterval(this, reconciler, cluster) ?? everyMinutes);
    return Object.fromEntries(this.#clusters().map(cluster => [cluster, seconds(cluster)]));
  }

  #watchQueue(queue: string, props: AccessAlarmsProps): void {
    this.#alarm(`Alarm-${queue}`, props, {
      logicalId: encodeName(queue),
      // The queue's name ends in `-dead-letters`.
      alarmName: queue,
      alarmDescription: alarmDescription(DEAD_LETTERS_ALARM),
      namespace: "AWS/SQS",
      metricName: "ApproximateNumberOfMessagesVisible",
      dimensions: { QueueName: queue },
      statistic: "Maximum",
      threshold: 0,
      period: 300,
      evaluationPeriods: 1,
      datapointsToAlarm: 1,
      treatMissingData: "notBreaching",
    });
  }

  #alarm(
    id: string,
    { topicArn, tags }: AccessAlarmsProps,
    config: Omit<ResourceConfig<CloudwatchMetricAlarmConfig>, "comparisonOperator">,
  ): CloudwatchMetricAlarm {
    return resource(CloudwatchMetricAlarm, this, id, {
      ...config,
      comparisonOperator: "GreaterThanThreshold",
      alarmActions: [topicArn],
      okActions: [topicArn],
      tags,
    });
  }
}
