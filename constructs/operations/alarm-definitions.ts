import type { ClusterMetric } from "../../core/contract/metrics";

/** An alarm that every cluster has. */
export interface AlarmDefinition {
  /** The end of the alarm's name, and its heading in docs/operations.md. */
  readonly name: string;
  /** The metric that is watched. */
  readonly metric: ClusterMetric;
  /** How the values of a period become one. */
  readonly statistic: "Maximum" | "Minimum" | "Sum";
  /** A period breaches if its value is above this; in the metric's unit. */
  readonly threshold: number;
  /** How many of the last periods count. A period is as long as the interval of enforcement. */
  readonly periods: number;
  /** How many of those periods must breach to raise the alarm. */
  readonly breaching: number;
  /** How a period without any run counts. */
  readonly missing: "breaching" | "ignore" | "notBreaching";
  /** What the alarm means, in one sentence. */
  readonly meaning: string;
  /** What to do, in one sentence. */
  readonly action: string;
}

const once = {
  statistic: "Maximum",
  threshold: 0,
  periods: 1,
  breaching: 1,
  missing: "notBreaching",
} as const;

/**
 * The alarms of a cluster. A period is as long as the interval of enforcement, so that each period sees at
 * least one run. A run that fails once and succeeds at the next attempt raises no alarm.
 */
export const CLUSTER_ALARMS: readonly AlarmDefinition[] = [
  {
    ...once,
    name: "failed",
    metric: "Failures",
    periods: 3,
    breaching: 2,
    meaning: "Runs failed in two of the last three intervals.",
    action:
      "Look up the error in the functions' logs and mend its cause; the next run finishes what is left.",
  },
  {
    ...once,
    name: "drifted",
    metric: "Drift",
    // The alarm stays until a run finds no drift.
    missing: "ignore",
    meaning: "The cluster is not as declared.",
    action: "Plan: the statements that would put it right stand there.",
  },
  {
    ...once,
    name: "grant-options",
    metric: "GrantOptions",
    meaning: "A managed account could hand on access: it held GRANT OPTION that nobody declared.",
    action:
      "Ask its holder, read the database's audit log for what it granted, and see the alarm new-holders.",
  },
  {
    ...once,
    name: "new-holders",
    metric: "NewHolders",
    missing: "ignore",
    meaning:
      "An account without the prefix reaches a managed database or can hand on access, and did not before.",
    action: "Plan: a note names it. Revoke it by hand, or apply that plan to accept it.",
  },
  {
    ...once,
    name: "locked-accounts",
    metric: "LockedAccounts",
    missing: "ignore",
    meaning: "An account that had to go is locked, not gone: objects run with its rights.",
    action: "Plan: its check names the objects. Give them another definer or drop them, then apply.",
  },
  {
    // A run that succeeds reports 0, so a minimum above 0 means that no run of the interval succeeded.
    name: "overdue",
    metric: "EnforcementAge",
    statistic: "Minimum",
    threshold: 0,
    periods: 3,
    breaching: 3,
    missing: "breaching",
    meaning: "No enforcement succeeded for three intervals, so that access may outlive its date.",
    action: "See whether the schedule fires and what the function's log says, and call it by hand.",
  },
  {
    ...once,
    name: "ledger-hash",
    metric: "LedgerHashMismatches",
    meaning:
      "The ledger holds what the functions did not write: a roster with another SHA-256, or an item with a false proof or without one, as after an upgrade.",
    action:
      "Find out who wrote to the table. Without a valid proof plan and apply; with another SHA-256 restore the table first.",
  },
  {
    ...once,
    name: "audit-trail",
    metric: "AuditFailures",
    statistic: "Sum",
    meaning:
      "The audit trail could not be written: nothing is given, and what was taken stands in the function's log alone.",
    action: "Mend the access to the table, and keep the log.",
  },
  {
    ...once,
    name: "audit-anchor",
    metric: "AnchorFailures",
    statistic: "Sum",
    meaning:
      "The head of the audit trail could not be put into the anchor's bucket, so that a cut-off end would show in the function's log alone.",
    action: "Mend the access to the bucket; the next run anchors the head again.",
  },
  {
    ...once,
    name: "clock",
    metric: "ClockDifference",
    threshold: 60,
    meaning: "The database's clock differs from the function's by more than a minute.",
    action: "Mind that the function's clock decides when access ends, and open a case with AWS.",
  },
  {
    ...once,
    name: "source-refused",
    metric: "SourceRefusals",
    statistic: "Sum",
    meaning:
      "A document in Parameter Store was refused, so that the last good one stays in force; or it was accepted, and some of its accounts were left out.",
    action: "The event reconcile.failed says which of them and why. Correct or confirm the document.",
  },
  {
    ...once,
    name: "events-held",
    metric: "EventsHeld",
    periods: 2,
    breaching: 2,
    meaning: "Events could not be put on the bus and wait in the ledger, so that nobody is told.",
    action: "Mend the access to the event bus; the next run sends them.",
  },
];

/** The alarm on a dead-letter queue. */
export const DEAD_LETTERS_ALARM = {
  name: "dead-letters",
  meaning: "Calls or messages failed as often as they are tried, and wait in a dead-letter queue.",
  action: "Look up why they failed, and redrive the queue.",
} as const;

type AlarmText = Pick<AlarmDefinition, "name" | "meaning" | "action">;

/** The alarm's description: what it means, what to do, and where to read more. */
export const alarmDescription = ({ name, meaning, action }: AlarmText): string =>
  `${meaning} ${action} See docs/operations.md#${name}`;
