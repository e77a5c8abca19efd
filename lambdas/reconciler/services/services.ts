import type { ClusterMetric } from "../../../core/contract/metrics";
import type { RegistryEntry } from "../../../core/contract/registry-entry";
import type { Call as FunctionCall } from "../../runtime/call";
import type { Log } from "../../runtime/log";
import type { Metrics } from "../../runtime/metrics";
import type { AccessDeniedRetry } from "../aws/access-denied-retry";
import type { Capacity } from "../aws/capacity";
import type { ClusterIdentity } from "../aws/cluster-identity";
import type { ClusterInstances } from "../aws/cluster-instances";
import type { ExpirySchedule } from "../aws/expiry-schedule";
import type { IdentityStore } from "../aws/identity-store";
import type { Registry } from "../aws/registry";
import type { SourceParameters } from "../aws/source-parameters";
import type { Outbox } from "../events/outbox";
import type { Reminders } from "../events/reminders";
import type { MySqlSession } from "../mysql/mysql-session";
import type { AccountSecrets } from "../secrets/account-secrets";
import type { SecretVersions } from "../secrets/secret-versions";
import type { AuditTrail } from "../store/audit-trail";
import type { EnforcementRecords } from "../store/enforcement-records";
import type { HoldersLedger } from "../store/holders-ledger";
import type { InstanceSessions } from "../store/instance-sessions";
import type { LateLogins } from "../store/late-logins";
import type { Ledger } from "../store/ledger";
import type { SourceLedger } from "../store/source-ledger";
import type { UserDirectory } from "../store/user-directory";

export interface ConnectionOptions {
  /** Whether many statements go in one query: only for a connection that only reads. */
  readonly bulkRead: boolean;
  /** Whether a server that takes no writes will do. */
  readonly isReader?: boolean;
  /** From when the administrator's login is known. */
  readonly timeoutMs: number;
  /** The time for the connection and for reading the login. @default - `timeoutMs` */
  readonly callMs?: number;
  /** Called when the login is known. It may be called again. */
  readonly onLogin?: () => void;
  /** After how long the server ends a SELECT. @default - never */
  readonly queryTimeoutMs?: number;
}

/** An account's login by password. */
export interface AccountLogin {
  readonly user: string;
  readonly password: string;
  readonly timeoutMs: number;
}

/** What reaches a cluster, and what is recorded about it: with the credentials of the cluster's run role. */
export interface ClusterServices {
  readonly ledger: Ledger;
  readonly audit: AuditTrail;
  /** Opens a connection to the host of the entry: the cluster's writer, if it is no reader. */
  readonly connect: (entry: RegistryEntry, options: ConnectionOptions) => Promise<MySqlSession>;
  /** Events that wait to be sent. */
  readonly outbox: Outbox;
  readonly reminders: Reminders;
  /** What earlier enforcement runs recorded. */
  readonly enforcement: EnforcementRecords;
  /** Who reached the managed databases when a run last looked. */
  readonly holders: HoldersLedger;
  /** Until when logins that began before access was taken can finish. */
  readonly lateLogins: LateLogins;
  /** Opens a connection as an account, to see whether its password works. */
  readonly logInAs: (entry: RegistryEntry, as: AccountLogin) => Promise<MySqlSession>;
  /** The passwords of accounts that log in by one. */
  readonly accountSecrets: AccountSecrets;
  readonly secretVersions: SecretVersions;
  /** The schedule that fires at a cluster's next expiry. */
  readonly schedule: ExpirySchedule;
  readonly capacity: Capacity;
  readonly identity: ClusterIdentity;
  /** The servers of a cluster. */
  readonly instances: ClusterInstances;
  /** Whose sessions are still to be ended on some of them. */
  readonly instanceSessions: InstanceSessions;
  /** Rosters in Parameter Store. */
  readonly sources: { readonly ledger: SourceLedger; readonly parameters: SourceParameters };
}

/**
 * Everything outside of them that the functions need, made once for each container. Tests hand in their own.
 */
export interface Services extends ClusterServices {
  readonly registry: Registry;
  /** The users of Identity Center, and their names as a run last saw them. */
  readonly identityStore: IdentityStore;
  readonly directory: UserDirectory;
  /**
   * What a run about the cluster uses in place of these services. Nothing if the registry cannot be read: the
   * run meets the same fault and records it.
   * @throws RegistryError if the function's own role could record nothing
   * @default - these services are for every cluster
   */
  readonly forCluster?: (cluster: string) => Promise<Partial<Services>>;
  readonly metrics: Metrics<ClusterMetric>;
  readonly accessDeniedRetry: AccessDeniedRetry;
  readonly log: Log;
  readonly now: () => Date;
  /** Waits for that many milliseconds. */
  readonly pause: (ms: number) => Promise<void>;
  /** Eight hexadecimal digits. */
  readonly randomId: () => string;
}

/** One call of one of the reconciler's functions. */
export interface Call extends FunctionCall<Services> {
  readonly startedAt: Date;
  /** The SHA-256 of the payload. */
  readonly payloadHash: string;
}

/** The call with the services of a run about the cluster. @throws as `forCluster` does */
export async function asRunOf(cluster: string, call: Call): Promise<Call> {
  const { services } = call;
  return { ...call, services: { ...services, ...(await services.forCluster?.(cluster)) } };
}

/** How long a login may take. */
export const CONNECT_TIMEOUT_MS = 10_000;
/**
 * The same if the cluster may have to resume first, which takes Aurora about 15 s, and up to 40 s after a
 * day.
 */
const RESUME_TIMEOUT_MS = 50_000;

export const connectTimeout = ({ pausing }: Pick<RegistryEntry, "pausing">): number =>
  pausing ? RESUME_TIMEOUT_MS : CONNECT_TIMEOUT_MS;
