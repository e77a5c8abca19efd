import type { ClusterMetric } from "../../../core/contract/metrics";
import type { RegistryEntry } from "../../../core/contract/registry-entry";
import type { Call as FunctionCall } from "../../runtime/call";
import type { Log } from "../../runtime/log";
import type { Metrics } from "../../runtime/metrics";
import type { AccessDeniedRetry } from "../aws/access-denied-retry";
import type { Capacity } from "../aws/capacity";
import type { ExpirySchedule } from "../aws/expiry-schedule";
import type { Registry } from "../aws/registry";
import type { SourceParameters } from "../aws/source-parameters";
import type { Outbox } from "../events/outbox";
import type { Reminders } from "../events/reminders";
import type { MySqlSession } from "../mysql/mysql-session";
import type { AuditTrail } from "../store/audit-trail";
import type { EnforcementRecords } from "../store/enforcement-records";
import type { Ledger } from "../store/ledger";
import type { SourceLedger } from "../store/source-ledger";

/** Everything outside that the functions need. Made once a container; handed in by tests. */
export interface Services {
  readonly registry: Registry;
  readonly ledger: Ledger;
  readonly audit: AuditTrail;
  /**
   * Opens a connection to the cluster's writer.
   * @param bulkRead many statements in one query, for a connection that only reads
   */
  readonly connect: (
    entry: RegistryEntry,
    options: { bulkRead: boolean; timeoutMs: number },
  ) => Promise<MySqlSession>;
  /** Events that wait to be sent. */
  readonly outbox: Outbox;
  readonly reminders: Reminders;
  /** What enforcement knows of its earlier runs. */
  readonly enforcement: EnforcementRecords;
  /** The schedule that fires at a cluster's next expiry. */
  readonly schedule: ExpirySchedule;
  readonly capacity: Capacity;
  /** Rosters in Parameter Store. */
  readonly sources: { readonly ledger: SourceLedger; readonly parameters: SourceParameters };
  readonly metrics: Metrics<ClusterMetric>;
  readonly accessDeniedRetry: AccessDeniedRetry;
  readonly log: Log;
  readonly now: () => Date;
  /** Eight hexadecimal digits. */
  readonly randomId: () => string;
}

/** One call of one of the reconciler's functions. */
export interface Call extends FunctionCall<Services> {
  readonly startedAt: Date;
  /** The SHA-256 of the payload. */
  readonly payloadHash: string;
}

/** How long a server may take to let the administrator in. */
export const CONNECT_TIMEOUT_MS = 10_000;
/** The same where the cluster may have to wake up first, which takes Aurora up to 15 s, and more after a day. */
const WAKING_TIMEOUT_MS = 40_000;

export const connectTimeout = ({ pausing }: RegistryEntry): number =>
  pausing ? WAKING_TIMEOUT_MS : CONNECT_TIMEOUT_MS;
