/**
 * The global privileges that a grant can name: those that apply to the whole server only, and that Aurora's
 * administrator can hand on. Privileges on databases are not among them: on `*.*` they would reach the
 * server's own databases.
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.MasterAccounts.html
 */
export const SERVER_PRIVILEGES = [
  "PROCESS",
  "RELOAD",
  "REPLICATION CLIENT",
  "SHOW DATABASES",
  "APPLICATION_PASSWORD_ADMIN",
  "CONNECTION_ADMIN",
  "FLUSH_OPTIMIZER_COSTS",
  "FLUSH_PRIVILEGES",
  "FLUSH_STATUS",
  "FLUSH_TABLES",
  "FLUSH_USER_RESOURCES",
  "SENSITIVE_VARIABLES_OBSERVER",
  "SESSION_VARIABLES_ADMIN",
  "SHOW_ROUTINE",
  "XA_RECOVER_ADMIN",
] as const;

export type ServerPrivilege = (typeof SERVER_PRIVILEGES)[number];

/** Whether a grant can name the privilege. Exact: upper case, single spaces. */
export const isServerPrivilege = (name: string): name is ServerPrivilege =>
  (SERVER_PRIVILEGES as readonly string[]).includes(name);

/** Global privileges with which a holder could give itself or others any access, or end the server. */
export const NEVER_GRANTED: readonly string[] = [
  "CREATE USER",
  "CREATE ROLE",
  "DROP ROLE",
  "REPLICATION SLAVE",
  "SUPER",
  "SHUTDOWN",
  "FILE",
  "CREATE TABLESPACE",
  "ROLE_ADMIN",
  "SET_USER_ID",
  "SET_ANY_DEFINER",
  "ALLOW_NONEXISTENT_DEFINER",
  "SYSTEM_USER",
];

/** Dynamic privileges of MySQL that the administrator of Aurora does not hold, so nobody gets them. */
export const NOT_ON_AURORA: readonly string[] = [
  "AUDIT_ABORT_EXEMPT",
  "AUDIT_ADMIN",
  "AUTHENTICATION_POLICY_ADMIN",
  "BACKUP_ADMIN",
  "BINLOG_ADMIN",
  "BINLOG_ENCRYPTION_ADMIN",
  "CLONE_ADMIN",
  "CREATE_SPATIAL_REFERENCE_SYSTEM",
  "ENCRYPTION_KEY_ADMIN",
  "FIREWALL_ADMIN",
  "FIREWALL_EXEMPT",
  "FIREWALL_USER",
  "GROUP_REPLICATION_ADMIN",
  "GROUP_REPLICATION_STREAM",
  "INNODB_REDO_LOG_ARCHIVE",
  "INNODB_REDO_LOG_ENABLE",
  "MANAGE_DATA_MASKING_POLICY",
  "MASKING_DICTIONARIES_ADMIN",
  "NDB_STORED_USER",
  "OPTIMIZE_LOCAL_TABLE",
  "PASSWORDLESS_USER_ADMIN",
  "PERSIST_RO_VARIABLES_ADMIN",
  "REPLICATION_APPLIER",
  "REPLICATION_SLAVE_ADMIN",
  "RESOURCE_GROUP_ADMIN",
  "RESOURCE_GROUP_USER",
  "SERVICE_CONNECTION_ADMIN",
  "SKIP_QUERY_REWRITE",
  "SYSTEM_VARIABLES_ADMIN",
  "TABLE_ENCRYPTION_ADMIN",
  "TELEMETRY_LOG_ADMIN",
  "TP_CONNECTION_ADMIN",
  "TRANSACTION_GTID_TAG",
  "VERSION_TOKEN_ADMIN",
];

/** The privileges of Aurora MySQL 2 that are native roles since Aurora MySQL 3, and those roles. */
export const AURORA_ROLES: Readonly<Record<string, string>> = {
  "INVOKE LAMBDA": "AWS_LAMBDA_ACCESS",
  "LOAD FROM S3": "AWS_LOAD_S3_ACCESS",
  "SELECT INTO S3": "AWS_SELECT_S3_ACCESS",
  "INVOKE SAGEMAKER": "AWS_SAGEMAKER_ACCESS",
  "INVOKE COMPREHEND": "AWS_COMPREHEND_ACCESS",
  "INVOKE BEDROCK": "AWS_BEDROCK_ACCESS",
};

/** A release of MySQL. Without `patch`: any of that line. */
export interface ServerVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch?: number | undefined;
}

/** The release of `@@version`; undefined for a text that names none. */
export function parseVersion(text: string): ServerVersion | undefined {
  const [, major, minor, patch] = /^(\d+)\.(\d+)(?:\.(\d+)(?!\w))?/.exec(text) ?? [];
  if (major === undefined || minor === undefined) return undefined;
  return {
    major: Number(major),
    minor: Number(minor),
    patch: patch === undefined ? undefined : Number(patch),
  };
}

type Release = readonly [major: number, minor: number, patch: number];

/**
 * In which releases a privilege exists, where 8.0.28 has it not or 8.4 has it no longer.
 * @see https://dev.mysql.com/doc/refman/8.4/en/privileges-provided.html
 */
const RELEASES: Readonly<
  Record<string, { readonly since?: Release; readonly until?: Release; readonly now?: string }>
> = {
  SENSITIVE_VARIABLES_OBSERVER: { since: [8, 0, 29] },
  FLUSH_PRIVILEGES: { since: [8, 4, 0] },
  OPTIMIZE_LOCAL_TABLE: { since: [8, 4, 0] },
  TRANSACTION_GTID_TAG: { since: [8, 3, 0] },
  SET_ANY_DEFINER: { since: [8, 2, 0] },
  ALLOW_NONEXISTENT_DEFINER: { since: [8, 2, 0] },
  SKIP_QUERY_REWRITE: { since: [8, 0, 31] },
  TP_CONNECTION_ADMIN: { since: [8, 0, 31] },
  TELEMETRY_LOG_ADMIN: { since: [8, 0, 33] },
  MASKING_DICTIONARIES_ADMIN: { since: [8, 0, 34] },
  SET_USER_ID: { until: [8, 4, 0], now: "SET_ANY_DEFINER and ALLOW_NONEXISTENT_DEFINER" },
};

/** Below 0 if the version is older than the release. A version without `patch` is as new as its line gets. */
const compareRelease = ({ major, minor, patch }: ServerVersion, [a, b, c]: Release): number =>
  major - a || minor - b || (patch ?? Number.POSITIVE_INFINITY) - c;

/** Why a server of this version does not know the privilege, in words; undefined if it does. */
export function unknownTo(privilege: string, version: ServerVersion): string | undefined {
  const { now, since, until } = RELEASES[privilege] ?? {};
  if (since && compareRelease(version, since) < 0) return `MySQL has ${privilege} since ${since.join(".")}`;
  if (!until || compareRelease(version, until) < 0) return undefined;
  return `MySQL has no ${privilege} since ${until.join(".")}${now === undefined ? "" : `, but ${now}`}`;
}
