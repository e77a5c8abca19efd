import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import { Lazy } from "cdktf";
import { Construct } from "constructs";
import { METRIC_NAMESPACE } from "../../core/contract/metrics";
import { declaredInterval } from "../cluster/aurora-cluster";
import { DEFAULT_INTERVAL_MINUTES } from "../cluster/aurora-cluster-props";
import type { IAccessNotifier } from "../notifications/access-notifier";
import { assertWhole, type IReconciler } from "../reconciler/reconciler-props";
import { encodeName } from "../terraform/address";
import { assertArn } from "../terraform/assert-arn";
import { claimName } from "../terraform/claimed-names";
import {
  type AlarmDefinition,
  alarmDescription,
  CLUSTER_ALARMS,
  DEAD_LETTERS_ALARM,
} from "./alarm-definitions";
import { type WatchedClusters, watchedClusters } from "./watched-clusters";

export interface AccessAlarmsProps {
  /** Whose runs are watched. */
  readonly reconciler: IReconciler;
  /**
   * The clusters that are watched.
   * @default "declared" - all that the app declares with the reconciler
   */
  readonly clusters?: WatchedClusters;
  /** The SNS topic that is told when an alarm goes on, and when it is over; as an ARN. */
  readonly topicArn: string;
  /**
   * Whose dead-letter queue is watched, beside the reconciler's.
   * @default - none
   */
  readonly notifier?: IAccessNotifier;
  /**
   * How often clusters are enforced that are not declared in this app, in minutes, 1 to 1440.
   * @default 15
   */
  readonly everyMinutes?: number;
  /**
   * Tags of the alarms.
   * @default - those of the provider
   */
  readonly tags?: Record<string, string>;
}

/**
 * CloudWatch alarms, each with a page in `docs/operations.md`: for every cluster `<service>-<cluster>-failed`, `-drifted`,
 * `-overdue`, `-ledger-hash`, `-audit-trail`, `-audit-anchor`, `-clock`, `-source-refused` and `-events-held`; and `<queue>-dead-letters`
 * for the queues where calls and messages end that never succeeded.
 *
 * @example
 * new AccessAlarms(this, "Alarms", { reconciler, topicArn: "arn:aws:sns:eu-west-1:111122223333:on-call" });
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
 */
export class AccessAlarms extends Construct {
  private readonly clusters: () => string[];
  private readonly service: string;
  private readonly queues: readonly string[];

  constructor(scope: Construct, id: string, props: AccessAlarmsProps) {
    super(scope, id);
    const { reconciler, notifier } = props;
    assertArn(this, "topicArn", props.topicArn);
    assertWhole(this, "everyMinutes", props.everyMinutes, 1, 1440);
    this.service = reconciler.name;
    this.clusters = watchedClusters(this, props.clusters ?? "declared", reconciler);
    this.queues = [reconciler.deadLetterQueue, ...(notifier ? [notifier.deadLetterQueue] : [])];
    claimName(this, "alarms of", this.service);
    for (const definition of CLUSTER_ALARMS) this.ofClusters(definition, props);
    for (const queue of this.queues) this.ofQueue(queue, props);
  }

  /** The names of all alarms, in order. To be asked when all stacks are there. */
  alarmNames(): string[] {
    const ofClusters = this.clusters().flatMap(cluster =>
      CLUSTER_ALARMS.map(({ name }) => `${this.service}-${cluster}-${name}`),
    );
    return [...ofClusters, ...this.queues];
  }

  /** One block for all clusters, so that it can be made before those of other stacks are known. */
  private ofClusters(definition: AlarmDefinition, props: AccessAlarmsProps): void {
    const { name, metric, statistic, threshold, periods, breaching, missing } = definition;
    const alarm = new CloudwatchMetricAlarm(this, `Alarm-${name}`, {
      alarmName: `${this.service}-\${each.key}-${name}`,
      alarmDescription: alarmDescription(definition),
      namespace: METRIC_NAMESPACE,
      metricName: metric,
      dimensions: { service: this.service, cluster: "${each.key}" },
      statistic,
      comparisonOperator: "GreaterThanThreshold",
      threshold,
      evaluationPeriods: periods,
      datapointsToAlarm: breaching,
      treatMissingData: missing,
      ...actions(props),
    });
    alarm.overrideLogicalId(`${encodeName(this.service)}-${name}`);
    alarm.addOverride("period", "${each.value}");
    alarm.addOverride("for_each", Lazy.anyValue({ produce: () => this.periods(props) }));
  }

  /** By cluster: the interval of its enforcement, in seconds. */
  private periods({
    reconciler,
    everyMinutes = DEFAULT_INTERVAL_MINUTES,
  }: AccessAlarmsProps): Record<string, number> {
    const seconds = (cluster: string) => 60 * (declaredInterval(this, reconciler, cluster) ?? everyMinutes);
    return Object.fromEntries(this.clusters().map(cluster => [cluster, seconds(cluster)]));
  }

  private ofQueue(queue: string, props: AccessAlarmsProps): void {
    const alarm = new CloudwatchMetricAlarm(this, `Alarm-${queue}`, {
      // The queue's name ends in `-dead-letters`.
      alarmName: queue,
      alarmDescription: alarmDescription(DEAD_LETTERS_ALARM),
      namespace: "AWS/SQS",
      metricName: "ApproximateNumberOfMessagesVisible",
      dimensions: { QueueName: queue },
      statistic: "Maximum",
      comparisonOperator: "GreaterThanThreshold",
      threshold: 0,
      period: 300,
      evaluationPeriods: 1,
      datapointsToAlarm: 1,
      treatMissingData: "notBreaching",
      ...actions(props),
    });
    alarm.overrideLogicalId(encodeName(queue));
  }
}

const actions = ({ topicArn, tags }: AccessAlarmsProps) => ({
  alarmActions: [topicArn],
  okActions: [topicArn],
  ...(tags ? { tags } : {}),
});
