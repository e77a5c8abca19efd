import type { RegistryEntry } from "../../core/registry-entry";
import type { AuditTrail } from "./audit-trail";
import type { Deadline } from "./deadline";
import type { Ledger } from "./ledger";
import type { Log } from "./log";
import type { MySqlSession } from "./mysql-session";
import type { Patience } from "./patience";
import type { Registry } from "./registry";

/** Everything outside that the two functions need. Made once a container; handed in by tests. */
export interface Services {
  readonly registry: Registry;
  readonly ledger: Ledger;
  readonly audit: AuditTrail;
  /**
   * Opens a connection to the cluster's writer.
   * @param bulkRead many statements in one query, for a connection that only reads
   */
  readonly connect: (entry: RegistryEntry, options: { bulkRead: boolean; timeoutMs: number }) => Promise<MySqlSession>;
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
