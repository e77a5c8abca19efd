import { CloudwatchDashboard } from "@cdktf/provider-aws/lib/cloudwatch-dashboard";
import { Lazy, Token } from "cdktf";
import { Construct } from "constructs";
import type { IAccessNotifier } from "../notifications/access-notifier";
import type { IReconciler } from "../reconciler/reconciler-props";
import { encodeName } from "../terraform/address";
import { arnOf } from "../terraform/arn";
import { claimName } from "../terraform/claimed-names";
import { currentRegion } from "../terraform/stack-context";
import { ValidationError } from "../terraform/validation-error";
import type { AccessAlarms } from "./access-alarms";
import { dashboardBody, dashboardMetrics, type NamedMetric } from "./dashboard-body";
import { type WatchedClusters, watchedClusters } from "./watched-clusters";

export interface AccessDashboardProps {
  /** Whose runs it shows. */
  readonly reconciler: IReconciler;
  /**
   * The clusters that have a row.
   * @default "declared" - all that the app declares with the reconciler
   */
  readonly clusters?: WatchedClusters;
  /**
   * Whose messages it shows.
   * @default - none
   */
  readonly notifier?: IAccessNotifier;
  /**
   * The alarms whose state stands at the top, at most the first hundred.
   * @default - none
   */
  readonly alarms?: AccessAlarms;
  /**
   * The dashboard's name: letters, digits, `-` and `_`, at most 255.
   * @default - the reconciler's
   */
  readonly name?: string;
}

/** CloudWatch shows no more in one widget. */
const MAX_ALARMS = 100;

/**
 * A CloudWatch dashboard: alarms, a row of graphs for each cluster, messages, dead letters.
 *
 * @example
 * new AccessDashboard(this, "Dashboard", { reconciler, notifier, alarms });
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
 */
export class AccessDashboard extends Construct {
  readonly name: string;
  private readonly body: () => ReturnType<typeof dashboardBody>;

  constructor(scope: Construct, id: string, props: AccessDashboardProps) {
    super(scope, id);
    const { reconciler, notifier, alarms } = props;
    this.name = props.name ?? reconciler.name;
    if (Token.isUnresolved(this.name) || !/^[A-Za-z0-9_-]{1,255}$/.test(this.name))
      throw new ValidationError(
        `\`name\` must be letters, digits, \`-\` and \`_\`, known at synth, got: ${this.name}`,
        this,
      );
    claimName(this, "dashboard", this.name);
    const clusters = watchedClusters(this, props.clusters ?? "declared", reconciler);
    const region = currentRegion(this);
    const alarm = arnOf(this, "cloudwatch", "alarm:");
    this.body = () =>
      dashboardBody({
        service: reconciler.name,
        clusters: clusters(),
        region,
        alarms: (alarms?.alarmNames() ?? []).slice(0, MAX_ALARMS).map(name => alarm + name),
        notifier: notifier && { service: notifier.name, channels: notifier.channelNames },
        queues: [reconciler.deadLetterQueue, ...(notifier ? [notifier.deadLetterQueue] : [])],
      });
    const dashboard = new CloudwatchDashboard(this, "Dashboard", {
      dashboardName: this.name,
      dashboardBody: Lazy.stringValue({ produce: () => JSON.stringify(this.body()) }),
    });
    dashboard.overrideLogicalId(encodeName(this.name));
  }

  /** Every metric that it names. To be asked when all stacks are there. */
  metrics(): NamedMetric[] {
    return dashboardMetrics(this.body());
  }
}
