import { CloudwatchDashboard } from "@cdktf/provider-aws/lib/cloudwatch-dashboard";
import { Lazy } from "cdktf";
import type { Construct } from "constructs";
import type { IAccessNotifier } from "../notifications/notifier-props";
import type { IReconciler } from "../reconciler/reconciler-props";
import { AccessConstruct } from "../terraform/access-construct";
import { encodeName, resource } from "../terraform/address";
import { arnOf } from "../terraform/arn";
import { assertText } from "../terraform/assertions";
import { claimName } from "../terraform/claimed-names";
import { currentRegion } from "../terraform/stack-context";
import type { AccessAlarms } from "./access-alarms";
import { dashboardBody, dashboardMetrics, type NamedMetric } from "./dashboard-body";
import { type WatchedClusters, watchedClusters } from "./watched-clusters";

export interface AccessDashboardProps {
  /** The reconciler whose runs the dashboard shows. */
  readonly reconciler: IReconciler;
  /**
   * The clusters that get a row of graphs.
   * @default "declared" - all clusters that the app declares with the reconciler
   */
  readonly clusters?: WatchedClusters;
  /**
   * The notifier whose messages and dead letters the dashboard shows.
   * @default - none
   */
  readonly notifier?: IAccessNotifier;
  /**
   * The alarms whose state the dashboard shows at the top: the first 100 of them.
   * @default - none
   */
  readonly alarms?: AccessAlarms;
  /**
   * The dashboard's name: 1 to 255 letters, digits, `-` and `_`.
   * @default - the reconciler's name
   */
  readonly name?: string;
}

const NAME = { pattern: /^[A-Za-z0-9_-]{1,255}$/, rule: "1 to 255 letters, digits, `-` and `_`" };

/** The most alarms that CloudWatch shows in one widget. */
const MAX_ALARMS = 100;

/**
 * A CloudWatch dashboard: alarms, a row of graphs for each cluster, messages, dead letters.
 *
 * @example
 * new AccessDashboard(this, "Dashboard", { reconciler, notifier, alarms });
 *
 * @see
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
 */
export class AccessDashboard extends AccessConstruct {
  /** The dashboard's name. */
  readonly name: string;
  readonly #body: () => ReturnType<typeof dashboardBody>;

  constructor(scope: Construct, id: string, props: AccessDashboardProps) {
    super(scope, id);
    const { reconciler, notifier, alarms } = props;
    this.name = props.name ?? reconciler.name;
    assertText(this, "name", this.name, NAME);
    claimName(this, "dashboard", this.name);
    const clusters = watchedClusters(this, props.clusters ?? "declared", reconciler);
    const region = currentRegion(this);
    const alarm = arnOf(this, "cloudwatch", "alarm:");
    this.#body = () =>
      dashboardBody({
        service: reconciler.name,
        clusters: clusters(),
        region,
        alarms: (alarms?.alarmNames() ?? []).slice(0, MAX_ALARMS).map(name => alarm + name),
        notifier: notifier && { service: notifier.name, channels: notifier.channelNames },
        queues: [reconciler.deadLetterQueue, ...(notifier ? [notifier.deadLetterQueue] : [])],
      });
    resource(CloudwatchDashboard, this, "Dashboard", {
      logicalId: encodeName(this.name),
      dashboardName: this.name,
      dashboardBody: Lazy.stringValue({ produce: () => JSON.stringify(this.#body()) }),
    });
  }

  /** Every metric that the dashboard shows. Call it when all stacks are complete. */
  metrics(): NamedMetric[] {
    return dashboardMetrics(this.#body());
  }
}
