/** The CloudWatch namespace of all metrics. */
export const METRIC_NAMESPACE = "AuroraUsers";

/**
 * Every metric, its unit, and what it is measured by beside `service` (the reconciler's or notifier's name). One list for
 * the functions that emit, the alarms and the dashboard.
 */
export const METRICS = {
  /** Managed accounts on the cluster, after a run that looked. */
  Accounts: { unit: "Count", dimension: "cluster" },
  /** Statements that ran. */
  Statements: { unit: "Count", dimension: "cluster" },
  /** How long a run took. */
  Duration: { unit: "Milliseconds", dimension: "cluster" },
  /** Statements that would put the cluster right, and accounts that nobody declared, as the last enforcement found them. */
  Drift: { unit: "Count", dimension: "cluster" },
  /** Payloads and rosters that were refused. */
  Refusals: { unit: "Count", dimension: "cluster" },
  /** Runs that failed; 0 after one that succeeded. */
  Failures: { unit: "Count", dimension: "cluster" },
  /** How long ago enforcement last succeeded; 0 when this run did. */
  EnforcementAge: { unit: "Seconds", dimension: "cluster" },
  /** Versions in the ledger that do not have their SHA-256. */
  LedgerHashMismatches: { unit: "Count", dimension: "cluster" },
  /** Entries that could not be added to the audit trail. */
  AuditFailures: { unit: "Count", dimension: "cluster" },
  /** Heads of the audit trail that could not be put into the anchors' bucket. */
  AnchorFailures: { unit: "Count", dimension: "cluster" },
  /** How far the server's clock is from the function's, either way. */
  ClockDifference: { unit: "Seconds", dimension: "cluster" },
  /** Documents in Parameter Store that were refused. */
  SourceRefusals: { unit: "Count", dimension: "cluster" },
  /** Events that could not be put on the bus and wait in the ledger for the next run. */
  EventsHeld: { unit: "Count", dimension: "cluster" },
  /** Messages that a channel took. */
  MessagesSent: { unit: "Count", dimension: "channel" },
  /** Messages that a channel did not take; they are tried again, and end in the dead-letter queue. */
  MessageFailures: { unit: "Count", dimension: "channel" },
} as const;

export type MetricName = keyof typeof METRICS;
export type ClusterMetric = {
  [M in MetricName]: (typeof METRICS)[M]["dimension"] extends "cluster" ? M : never;
}[MetricName];
export type ChannelMetric = Exclude<MetricName, ClusterMetric>;
