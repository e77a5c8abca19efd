import {
  type ChannelMetric,
  type ClusterMetric,
  METRIC_NAMESPACE,
  METRICS,
  type MetricName,
} from "../../core/contract/metrics";

/** A metric as a widget names it. */
export interface NamedMetric {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** What the dashboard shows. All of it is known at synth but the region, and the ARNs of alarms. */
export interface DashboardSubject {
  /** The reconciler's name. */
  readonly service: string;
  readonly clusters: readonly string[];
  readonly region: string;
  /** ARNs of alarms, in order. */
  readonly alarms: readonly string[];
  readonly notifier: { readonly service: string; readonly channels: readonly string[] } | undefined;
  /** Dead-letter queues, by name. */
  readonly queues: readonly string[];
}

type Statistic = "Average" | "Maximum" | "Sum";

/** One line of CloudWatch's own format for a metric. */
type MetricRow = readonly (string | { readonly stat: Statistic; readonly label?: string })[];

interface Widget {
  readonly type: "metric" | "alarm" | "text";
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** What each cluster's row shows, from left to right. */
const CLUSTER_GRAPHS: readonly {
  readonly title: string;
  readonly metrics: readonly (readonly [ClusterMetric, Statistic])[];
}[] = [
  {
    title: "accounts and drift",
    metrics: [
      ["Accounts", "Maximum"],
      ["Drift", "Maximum"],
    ],
  },
  {
    title: "runs",
    metrics: [
      ["Statements", "Sum"],
      ["Failures", "Sum"],
      ["Refusals", "Sum"],
      ["SourceRefusals", "Sum"],
    ],
  },
  {
    title: "time",
    metrics: [
      ["Duration", "Maximum"],
      ["EnforcementAge", "Maximum"],
      ["ClockDifference", "Maximum"],
    ],
  },
  {
    title: "records and events",
    metrics: [
      ["LedgerHashMismatches", "Maximum"],
      ["AuditFailures", "Sum"],
      ["AnchorFailures", "Sum"],
      ["EventsHeld", "Maximum"],
    ],
  },
];

const CHANNEL_METRICS: readonly ChannelMetric[] = ["MessagesSent", "MessageFailures"];
const WIDTH = 24;
const HEIGHT = 6;

const row = (metric: MetricName, service: string, value: string, stat: Statistic): MetricRow => [
  METRIC_NAMESPACE,
  metric,
  "service",
  service,
  METRICS[metric].dimension,
  value,
  { stat },
];

/** The dashboard as CloudWatch has it: alarms, a row of graphs for each cluster, and one for messages. */
export function dashboardBody(subject: DashboardSubject): { widgets: readonly Widget[] } {
  const { service, region, alarms, notifier } = subject;
  let y = 0;
  const graphs = (all: readonly { title: string; metrics: readonly MetricRow[] }[]): Widget[] => {
    const width = Math.floor(WIDTH / all.length);
    const widgets = all.map(({ title, metrics }, index): Widget => {
      const properties = { title, region, view: "timeSeries", period: 300, metrics };
      return { type: "metric", x: index * width, y, width, height: HEIGHT, properties };
    });
    y += HEIGHT;
    return widgets;
  };
  const status: Widget[] =
    alarms.length === 0
      ? []
      : [
          {
            type: "alarm",
            x: 0,
            y,
            width: WIDTH,
            height: 4,
            properties: { title: `Alarms of ${service}`, alarms },
          },
        ];
  if (status.length > 0) y += 4;
  const clusters = subject.clusters.flatMap(cluster =>
    graphs(
      CLUSTER_GRAPHS.map(({ title, metrics }) => ({
        title: `${cluster}: ${title}`,
        metrics: metrics.map(([metric, stat]) => row(metric, service, cluster, stat)),
      })),
    ),
  );
  const messages = (notifier?.channels ?? []).flatMap(channel =>
    CHANNEL_METRICS.map(metric => row(metric, notifier!.service, channel, "Sum")),
  );
  const waiting = subject.queues.map(
    (queue): MetricRow => [
      ...["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", queue],
      { stat: "Maximum" },
    ],
  );
  const rest = graphs([
    ...(messages.length > 0 ? [{ title: `${notifier!.service}: messages`, metrics: messages }] : []),
    { title: "dead letters", metrics: waiting },
  ]);
  return { widgets: [...status, ...clusters, ...rest] };
}

/** Every metric that a dashboard names, once, in order: to be compared with those that functions emit. */
export function dashboardMetrics(body: { widgets: readonly Pick<Widget, "properties">[] }): NamedMetric[] {
  const rows = body.widgets.flatMap(
    ({ properties }) => (properties["metrics"] as readonly MetricRow[] | undefined) ?? [],
  );
  return rows.map(entry => {
    const [namespace = "", metric = "", ...dimensions] = entry.filter(part => typeof part === "string");
    const pairs = dimensions.flatMap((name, index) =>
      index % 2 === 0 ? [[name, dimensions[index + 1]!] as const] : [],
    );
    return { namespace, metric, dimensions: Object.fromEntries(pairs) };
  });
}
