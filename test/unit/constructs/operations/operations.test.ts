import { Testing } from "cdktf";
import {
  AccessAlarms,
  type AccessAlarmsProps,
  AccessDashboard,
  AccessNotifier,
  CLUSTER_ALARMS,
  type IReconciler,
  Reconciler,
} from "../../../../constructs";
import { METRIC_NAMESPACE, METRICS } from "../../../../core/contract/metrics";
import { ARN, clusterIn, stackOf, synth } from "../synth";

const topicArn = "arn:aws:sns:eu-west-1:111122223333:on-call";

/** A shared stack, made before the stacks of its clusters. */
function app() {
  const root = Testing.app();
  const shared = stackOf(root, "shared");
  const reconciler = Reconciler.fromReconcilerAttributes(shared, "Reconciler");
  const notifier = AccessNotifier.fromAccessNotifierAttributes(shared, "Notifier", {
    channelNames: ["email", "slack"],
  });
  const declare = (name: string, of: IReconciler = reconciler, everyMinutes = 15) =>
    clusterIn(stackOf(root, name), { reconciler: of, enforcement: { everyMinutes } }, name);
  return { shared, reconciler, notifier, declare };
}

describe("AccessAlarms", () => {
  const alarmsOf = (props: Partial<AccessAlarmsProps> = {}) => {
    const { shared, reconciler, notifier, declare } = app();
    const alarms = new AccessAlarms(shared, "Alarms", { reconciler, notifier, topicArn, ...props });
    declare("payments", reconciler, 5);
    declare("orders");
    declare("elsewhere", Reconciler.fromReconcilerAttributes(shared, "Other", { name: "other" }));
    return { alarms, made: synth(shared).resource["aws_cloudwatch_metric_alarm"]! };
  };

  it("watches every cluster of the app, also of later stacks, with periods as long as its interval", () => {
    const { made } = alarmsOf();
    for (const { name, metric } of CLUSTER_ALARMS)
      expect(made[`aurora-users-${name}`]).toMatchObject({
        for_each: { orders: 900, payments: 300 },
        alarm_name: `aurora-users-\${each.key}-${name}`,
        alarm_description: expect.stringMatching(new RegExp(`docs/operations\\.md#${name}$`)),
        namespace: METRIC_NAMESPACE,
        metric_name: metric,
        dimensions: { service: "aurora-users", cluster: "${each.key}" },
        period: "${each.value}",
        alarm_actions: [topicArn],
        ok_actions: [topicArn],
      });
  });

  it("accepts names of clusters that another app declares", () => {
    const { made, alarms } = alarmsOf({ clusters: ["zoo", "orders"], everyMinutes: 60 });
    expect(made["aurora-users-failed"].for_each).toEqual({ orders: 900, zoo: 3600 });
    expect(alarms.alarmNames()).toContain("aurora-users-zoo-overdue");
    expect(alarms.alarmNames()).not.toContain("aurora-users-payments-overdue");
  });

  it("is raised when no enforcement succeeds for three intervals, also if none runs", () => {
    expect(alarmsOf().made["aurora-users-overdue"]).toMatchObject({
      metric_name: "EnforcementAge",
      statistic: "Minimum",
      comparison_operator: "GreaterThanThreshold",
      threshold: 0,
      evaluation_periods: 3,
      datapoints_to_alarm: 3,
      treat_missing_data: "breaching",
    });
  });

  it("is not raised by a run that failed once", () => {
    expect(alarmsOf().made["aurora-users-failed"]).toMatchObject({
      evaluation_periods: 3,
      datapoints_to_alarm: 2,
      treat_missing_data: "notBreaching",
    });
  });

  it("watches the dead letters of calls and of messages", () => {
    const { made } = alarmsOf();
    for (const queue of ["aurora-users-dead-letters", "aurora-users-notifier-dead-letters"])
      expect(made[queue]).toMatchObject({
        alarm_name: queue,
        namespace: "AWS/SQS",
        metric_name: "ApproximateNumberOfMessagesVisible",
        dimensions: { QueueName: queue },
        threshold: 0,
      });
  });

  it("has alarms on metrics that exist, within the limits of CloudWatch", () => {
    for (const { metric, periods, breaching, name, meaning, action } of CLUSTER_ALARMS) {
      expect(METRICS[metric].dimension).toBe("cluster");
      expect(breaching).toBeLessThanOrEqual(periods);
      expect(name).toMatch(/^[a-z-]+$/);
      expect(meaning.length + action.length).toBeLessThan(900);
    }
    expect(new Set(CLUSTER_ALARMS.map(({ name }) => name)).size).toBe(CLUSTER_ALARMS.length);
  });

  test.each<[string, Partial<AccessAlarmsProps>, RegExp]>([
    ["a topic that is an expression", { topicArn: "${path.root}" }, /`topicArn` must be the ARN of a topic/],
    ["a cluster that is an expression", { clusters: ["${path.root}"] }, /`clusters` must be names/],
  ])("refuses %s", (_, props, message) => expect(() => alarmsOf(props)).toThrow(message));
});

describe("AccessDashboard", () => {
  const dashboardOf = () => {
    const { shared, reconciler, notifier, declare } = app();
    const alarms = new AccessAlarms(shared, "Alarms", { reconciler, topicArn });
    const dashboard = new AccessDashboard(shared, "Dashboard", { reconciler, notifier, alarms });
    declare("orders");
    declare("payments");
    return {
      dashboard,
      body: JSON.parse(synth(shared).resource["aws_cloudwatch_dashboard"]!["aurora-users"].dashboard_body),
    };
  };

  it("names every metric of the functions, with its real dimensions, and no other", () => {
    const { dashboard } = dashboardOf();
    const ours = dashboard.metrics().filter(({ namespace }) => namespace === METRIC_NAMESPACE);
    const dimensions = { cluster: ["orders", "payments"], channel: ["email", "slack"] };
    const expected = Object.entries(METRICS).flatMap(([metric, { dimension }]) =>
      dimensions[dimension].map(value => ({
        namespace: METRIC_NAMESPACE,
        metric,
        dimensions: {
          service: dimension === "cluster" ? "aurora-users" : "aurora-users-notifier",
          [dimension]: value,
        },
      })),
    );
    const inOrder = (metrics: readonly object[]) => metrics.map(metric => JSON.stringify(metric)).sort();
    expect(inOrder(ours)).toEqual(inOrder(expected));
    expect(dashboard.metrics().filter(({ namespace }) => namespace !== METRIC_NAMESPACE)).toEqual(
      ["aurora-users-dead-letters", "aurora-users-notifier-dead-letters"].map(QueueName => ({
        namespace: "AWS/SQS",
        metric: "ApproximateNumberOfMessagesVisible",
        dimensions: { QueueName },
      })),
    );
  });

  it("shows the state of the alarms, in the stack's own region", () => {
    const { widgets } = dashboardOf().body;
    expect(widgets[0]).toMatchObject({ type: "alarm", y: 0 });
    expect(widgets[0].properties.alarms).toContain(`${ARN("cloudwatch")}alarm:aurora-users-orders-failed`);
    expect(widgets[1].properties.region).toBe("${data.aws_region.aurora-users-region.id}");
  });

  it("has no widgets that overlap, and none beyond the edge", () => {
    const { widgets } = dashboardOf().body;
    const cells = widgets.flatMap(({ x, y, width, height }: Record<"x" | "y" | "width" | "height", number>) =>
      Array.from(
        { length: width * height },
        (_, index) => `${x + (index % width)},${y + Math.floor(index / width)}`,
      ),
    );
    expect(new Set(cells).size).toBe(cells.length);
    for (const { x, width } of widgets) expect(x + width).toBeLessThanOrEqual(24);
  });
});
