import type { RegistryEntry } from "../../core/registry-entry";
import type { AuditTrail } from "./audit-trail";
import type { Capacity } from "./capacity";
import type { Deadline } from "./deadline";
import type { EnforcementRecords } from "./enforcement-records";
import type { ExpirySchedule } from "./expiry-schedule";
import type { Ledger } from "./ledger";
import type { Log } from "./log";
import type { Meters } from "./meters";
import type { MySqlSession } from "./mysql-session";
import type { Outbox } from "./outbox";
import type { Patience } from "./patience";
import type { Registry } from "./registry";
import type { Reminders } from "./reminders";
import type { SourceLedger } from "./source-ledger";
import type { SourceParameters } from "./source-parameters";

/** Everything outside that the functions need. Made once a container; handed in by tests. */
export interface Services {
  readonly registry: Registry;
  readonly ledger: Ledger;
  readonly audit: AuditTrail;
  /**
   * Opens a connection to the cluster's writer.
   * @param bulkRead many statements in one query, for a connection that only reads
   */
  readonly connect: (entry: RegistryEntry, options: { bulkRead: boolean; timeoutMs: number }) => Promise<MySqlSession>;
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
  readonly meters: Meters;
  readonly patience: Patience;
  readonly log: Log;
  readonly now: () => Date;
  /** Eight hexadecimal digits. */
  readonly randomId: () => string;
}

/** One call of a function. */
export interface Call {
  readonly services: Services;
  readonly deadline: Deadline;
  readonly startedAt: Date;
  /** The SHA-256 of the payload. */
  readonly payloadHash: string;
}

/** How long a server may take to let the administrator in. */
export const CONNECT_TIMEOUT_MS = 10_000;
/** The same where the cluster may have to wake up first, which takes Aurora up to 15 s, and more after a day. */
const WAKING_TIMEOUT_MS = 40_000;

export const connectTimeout = ({ pausing }: RegistryEntry): number => (pausing ? WAKING_TIMEOUT_MS : CONNECT_TIMEOUT_MS);
