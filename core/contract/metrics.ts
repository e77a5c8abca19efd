/** The CloudWatch namespace of all metrics. */
export const METRIC_NAMESPACE = "AuroraUsers";

/**
 * All metrics, each with its unit and its dimension in addition to `service` (the reconciler's or notifier's
 * name). The functions, the alarms and the dashboard all use this list.
 */
export const METRICS = {
  /** Managed accounts on the cluster, after a run that observed it. */
  Accounts: { unit: "Count", dimension: "cluster" },
  /** Managed accounts that had to go and are locked only, because objects run with their rights. */
  LockedAccounts: { unit: "Count", dimension: "cluster" },
  /** Statements that ran. */
  Statements: { unit: "Count", dimension: "cluster" },
  /** How long a run took. */
  Duration: { unit: "Milliseconds", dimension: "cluster" },
  /**
   * Statements that would repair the cluster, plus accounts that nobody declared, as the last enforcement
   * found.
   */
  Drift: { unit: "Count", dimension: "cluster" },
  /** What accounts without the prefix newly reach, or can hand on, until an applied plan has shown it. */
  NewHolders: { unit: "Count", dimension: "cluster" },
  /** Accounts that held GRANT OPTION that nobody declared, as a run found them. */
  GrantOptions: { unit: "Count", dimension: "cluster" },
  /** Readers on which sessions that had to end may stay open, after a run that ended sessions. */
  InstancesLeft: { unit: "Count", dimension: "cluster" },
  /** Payloads and rosters that were refused. */
  Refusals: { unit: "Count", dimension: "cluster" },
  /** Runs that failed; 0 after one that succeeded. */
  Failures: { unit: "Count", dimension: "cluster" },
  /** How long ago enforcement last succeeded; 0 if this run did. */
  EnforcementAge: { unit: "Seconds", dimension: "cluster" },
  /** Values in the ledger that do not match their SHA-256. */
  LedgerHashMismatches: { unit: "Count", dimension: "cluster" },
  /** Entries that could not be written to the audit trail. */
  AuditFailures: { unit: "Count", dimension: "cluster" },
  /** Heads of the audit trail that could not be written to the anchors' bucket. */
  AnchorFailures: { unit: "Count", dimension: "cluster" },
  /** The difference between the server's clock and the function's, always positive. */
  ClockDifference: { unit: "Seconds", dimension: "cluster" },
  /** Documents in Parameter Store that were refused. */
  SourceRefusals: { unit: "Count", dimension: "cluster" },
  /** Events that the bus did not accept. They wait in the ledger for the next run. */
  EventsHeld: { unit: "Count", dimension: "cluster" },
  /** Messages that a channel accepted. */
  MessagesSent: { unit: "Count", dimension: "channel" },
  /** Messages that a channel did not accept. They are retried, and finally go to the dead-letter queue. */
  MessageFailures: { unit: "Count", dimension: "channel" },
} as const;

export type MetricName = keyof typeof METRICS;
export type ClusterMetric = {
  [M in MetricName]: (typeof METRICS)[M]["dimension"] extends "cluster" ? M : never;
}[MetricName];
export type ChannelMetric = Exclude<MetricName, ClusterMetric>;
