import {
  type ChannelMetric,
  type ClusterMetric,
  METRIC_NAMESPACE,
  METRICS,
  type MetricName,
} from "../../core/contract/metrics";

/** A CloudWatch metric, as a widget names it. */
export interface NamedMetric {
  /** The namespace: that of the functions' own metrics, or `AWS/SQS`. */
  readonly namespace: string;
  /** The metric's name. */
  readonly metric: string;
  /** The dimensions' values, by name. */
  readonly dimensions: Readonly<Record<string, string>>;
}

/** What the dashboard shows. Region and ARNs may be tokens; everything else is known at synth. */
export interface DashboardSubject {
  /** The reconciler's name. */
  readonly service: string;
  readonly clusters: readonly string[];
  readonly region: string;
  /** The ARNs of the alarms, in order. */
  readonly alarms: readonly string[];
  readonly notifier: { readonly service: string; readonly channels: readonly string[] } | undefined;
  /** The names of the dead-letter queues. */
  readonly queues: readonly string[];
}

type Statistic = "Average" | "Maximum" | "Sum";

/** A metric in CloudWatch's own format: namespace, name, pairs of dimensions, options. */
type MetricRow = readonly (string | { readonly stat: Statistic; readonly label?: string })[];

interface Widget {
  readonly type: "metric" | "alarm" | "text";
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** The graphs in the row of each cluster, by title, from left to right. */
const CLUSTER_GRAPHS: Readonly<Record<string, { readonly [M in ClusterMetric]?: Statistic }>> = {
  "accounts and drift": {
    Accounts: "Maximum",
    Drift: "Maximum",
    LockedAccounts: "Maximum",
    NewHolders: "Maximum",
    GrantOptions: "Maximum",
    InstancesLeft: "Maximum",
  },
  runs: { Statements: "Sum", Failures: "Sum", Refusals: "Sum", SourceRefusals: "Sum" },
  time: { Duration: "Maximum", EnforcementAge: "Maximum", ClockDifference: "Maximum" },
  "records and events": {
    LedgerHashMismatches: "Maximum",
    AuditFailures: "Sum",
    AnchorFailures: "Sum",
    EventsHeld: "Maximum",
  },
};

const CHANNEL_METRICS: readonly ChannelMetric[] = ["MessagesSent", "MessageFailures"];
const WIDTH = 24;
const HEIGHT = 6;
const ALARM_HEIGHT = 4;

const row = (metric: MetricName, service: string, value: string, stat: Statistic): MetricRow => [
  METRIC_NAMESPACE,
  metric,
  "service",
  service,
  METRICS[metric].dimension,
  value,
  { stat },
];

interface Graph {
  readonly title: string;
  readonly metrics: readonly MetricRow[];
}

/** One row of graphs, all equally wide. */
const graphRow = (graphs: readonly Graph[], y: number, region: string): Widget[] => {
  const width = Math.floor(WIDTH / graphs.length);
  return graphs.map(({ title, metrics }, index) => ({
    type: "metric",
    x: index * width,
    y,
    width,
    height: HEIGHT,
    properties: { title, region, view: "timeSeries", period: 300, metrics },
  }));
};

const clusterGraphs = (service: string, cluster: string): Graph[] =>
  Object.entries(CLUSTER_GRAPHS).map(([title, metrics]) => ({
    title: `${cluster}: ${title}`,
    metrics: (Object.entries(metrics) as [ClusterMetric, Statistic][]).map(([metric, stat]) =>
      row(metric, service, cluster, stat),
    ),
  }));

/** The graphs of the last row: sent messages, if there is a notifier, and dead letters. */
function messageGraphs({ notifier, queues }: DashboardSubject): Graph[] {
  const deadLetters: Graph = {
    title: "dead letters",
    metrics: queues.map(queue => [
      "AWS/SQS",
      "ApproximateNumberOfMessagesVisible",
      "QueueName",
      queue,
      { stat: "Maximum" },
    ]),
  };
  if (!notifier || notifier.channels.length === 0) return [deadLetters];
  const { service, channels } = notifier;
  const metrics = channels.flatMap(channel =>
    CHANNEL_METRICS.map(metric => row(metric, service, channel, "Sum")),
  );
  return [{ title: `${service}: messages`, metrics }, deadLetters];
}

/** The dashboard's body for CloudWatch: alarms, a row of graphs for each cluster, and one for messages. */
export function dashboardBody(subject: DashboardSubject): { widgets: readonly Widget[] } {
  const { service, region, alarms } = subject;
  const status: Widget = {
    type: "alarm",
    x: 0,
    y: 0,
    width: WIDTH,
    height: ALARM_HEIGHT,
    properties: { title: `Alarms of ${service}`, alarms },
  };
  const rows = [...subject.clusters.map(cluster => clusterGraphs(service, cluster)), messageGraphs(subject)];
  const top = alarms.length === 0 ? 0 : ALARM_HEIGHT;
  const graphs = rows.flatMap((graphsOfRow, index) => graphRow(graphsOfRow, top + index * HEIGHT, region));
  return { widgets: alarms.length === 0 ? graphs : [status, ...graphs] };
}

/** Every metric that a dashboard names, in order. A test compares them with those that the functions emit. */
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
