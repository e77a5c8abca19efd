import { IAM_PLUGIN, quoteIdentifier, quoteText } from "../../../core/mysql";
import { type ManagedNames, namedAccounts } from "../../../core/roster/managed-names";
import { FLAG_COLUMNS, flagsExpression } from "./privilege-columns";

const BEFORE = [
  "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
  "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
];
/** Ends the snapshot. */
export const COMMIT = "COMMIT";

/** How many statements come before the result sets. */
export const LEADING = BEFORE.length;

/** In place of the names of managed accounts: every account of the server. */
export const EVERYONE = null;
export type ObservedNames = ManagedNames | typeof EVERYONE;

/** NULL for an empty one: the driver makes a buffer of each other, three for each account. */
const CERTIFICATE = ["ssl_cipher", "x509_issuer", "x509_subject"]
  .map(column => `NULLIF(${column}, '') AS ${column}`)
  .join(", ");

const bytes = (text: string): string => `CAST(${quoteText(text)} AS BINARY)`;

/** A condition for rows about accounts with the prefix, and about others of some names. */
export function ownRows(names: ObservedNames): (column: string) => string {
  if (names === EVERYONE) return () => "TRUE";
  const { prefix } = names;
  const others = [...new Set(namedAccounts(names).map(({ user }) => user))];
  // Compared byte by byte: as a pattern, `sl_` would match `slack_bot`.
  return column => {
    const begins = `LEFT(${column}, ${prefix.length + 1}) = ${bytes(`${prefix}_`)}`;
    return others.length === 0 ? begins : `(${begins} OR ${column} IN (${others.map(bytes).join(", ")}))`;
  };
}

/**
 * The queries by the name of their result set, in the order in which they run. They use `SELECT *` on tables
 * whose columns differ between 8.0.28 and 9.x and that have few rows.
 */
function resultQueries(names: ObservedNames) {
  const own = ownRows(names);
  const rows = (table: string, column = "User") => `SELECT * FROM mysql.${table} WHERE ${own(column)}`;
  return {
    server:
      "SELECT @@version AS version, @@partial_revokes AS partialRevokes, @@lower_case_table_names AS lowerCase, CURRENT_USER() AS self, CURRENT_ROLE() AS activeRoles, @@GLOBAL.connect_timeout AS connectTimeout, @@GLOBAL.mandatory_roles AS mandatoryRoles",
    users:
      `SELECT User, Host, plugin, authentication_string, ssl_type, ${CERTIFICATE}, ` +
      "max_questions, max_updates, max_connections, max_user_connections, account_locked, password_expired, " +
      "UNIX_TIMESTAMP(password_last_changed) AS passwordChanged, password_lifetime, " +
      `User_attributes, ${flagsExpression("user")} ` +
      `FROM mysql.user WHERE ${own("User")}`,
    anonymous: "SELECT Host FROM mysql.user WHERE User = ''",
    globalGrants: rows("global_grants"),
    // Of all accounts, since who reaches a database without the prefix is watched.
    databases: `SELECT User, Host, Db, ${flagsExpression("db")} FROM mysql.db`,
    tables: "SELECT User, Host, Db, Table_name, Table_priv FROM mysql.tables_priv",
    columns: "SELECT User, Host, Db, Table_name, Column_name, Column_priv FROM mysql.columns_priv",
    routines: "SELECT User, Host, Db, Routine_name, Routine_type, Proc_priv FROM mysql.procs_priv",
    roleEdges: `SELECT * FROM mysql.role_edges WHERE ${own("FROM_USER")} OR ${own("TO_USER")}`,
    defaultRoles: rows("default_roles"),
    proxies: rows("proxies_priv"),
    // The server adds up the account, its active roles and theirs.
    ownGrants: "SHOW GRANTS",
    rdsKill:
      "SELECT ROUTINE_NAME AS name FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = 'mysql' AND ROUTINE_NAME = 'rds_kill' AND ROUTINE_TYPE = 'PROCEDURE'",
    iamPlugin: `SELECT PLUGIN_NAME FROM information_schema.PLUGINS WHERE PLUGIN_NAME = ${quoteText(IAM_PLUGIN)} AND PLUGIN_STATUS = 'ACTIVE'`,
    globalHolders: `SELECT User, Host, User_attributes, ${flagsExpression("db")} FROM mysql.user HAVING LOCATE('Y', flags) > 0`,
    allRoles: "SELECT * FROM mysql.role_edges",
    allProxies: `SELECT User, Host, Proxied_user, Proxied_host FROM mysql.proxies_priv WHERE Proxied_user = '' OR ${own("Proxied_user")}`,
    databaseNames: "SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA",
    // The one about creators is deprecated; SHOW knows no error for a variable that does not exist.
    settings:
      "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('log_bin', 'log_bin_trust_function_creators') " +
      "OR Variable_name LIKE 'validate\\_password%'",
    // Privileges that only this server has, as Aurora MySQL 2 had LOAD FROM S3.
    strangeColumns:
      "SELECT TABLE_NAME AS tableName, COLUMN_NAME AS columnName FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'mysql' " +
      `AND RIGHT(COLUMN_NAME, 5) = '_priv' AND (${(["user", "db"] as const)
        .map(
          table =>
            `(TABLE_NAME = '${table}' AND COLUMN_NAME NOT IN (${FLAG_COLUMNS[table].map(quoteText).join(", ")}))`,
        )
        .join(" OR ")})`,
  };
}

export type ResultName = keyof ReturnType<typeof resultQueries>;
/** The result sets of one observation, by name, in the order in which they are read. */
export const RESULTS = Object.keys(resultQueries({ prefix: "" })) as ResultName[];

/**
 * Queries for what managed accounts hold, and those to take over, in one read-only consistent snapshot, which
 * stays open. Their number does not depend on the number of accounts.
 */
export const observeQueries = (names: ObservedNames): string[] => [
  ...BEFORE,
  ...Object.values(resultQueries(names)),
];

/** The objects in these databases are the server's own. */
export const OWN_DATABASES = ["mysql", "sys", "information_schema", "performance_schema"]
  .map(quoteText)
  .join(", ");

/**
 * Queries for the objects that run with the rights of these accounts, by the kind of the objects.
 * LIKE makes the server use its index of definers; without it, it reads each view of the cluster.
 */
export function definerQueries(names: ObservedNames): readonly (readonly [kind: string, sql: string])[] {
  const isOwn = (database: string) =>
    names === EVERYONE ? `${database} NOT IN (${OWN_DATABASES})` : isDefinedBy(names);
  const definers = (view: string, kind: string, database: string, name: string) =>
    `SELECT DEFINER AS definer, ${kind} AS kind, ${database} AS db, ${name} AS name` +
    `${view === "EVENTS" ? ", STATUS AS enabled" : ""} FROM information_schema.${view} WHERE ${isOwn(database)}`;
  return [
    ["views", definers("VIEWS", "'VIEW'", "TABLE_SCHEMA", "TABLE_NAME")],
    ["routines", definers("ROUTINES", "ROUTINE_TYPE", "ROUTINE_SCHEMA", "ROUTINE_NAME")],
    ["triggers", definers("TRIGGERS", "'TRIGGER'", "TRIGGER_SCHEMA", "TRIGGER_NAME")],
    ["events", definers("EVENTS", "'EVENT'", "EVENT_SCHEMA", "EVENT_NAME")],
  ];
}

/** Whether an account with the prefix, or a named one, is the definer. */
function isDefinedBy(names: ManagedNames): string {
  const { prefix } = names;
  const begins = `DEFINER LIKE ${quoteText(`${prefix}|_%`)} ESCAPE '|' AND ${ownRows({ prefix })("DEFINER")}`;
  const others = namedAccounts(names).map(({ host, user }) => quoteText(`${user}@${host}`));
  return others.length === 0 ? begins : `((${begins}) OR DEFINER IN (${others.join(", ")}))`;
}

/** A query for the values of columns that only this server has, for the same accounts. */
export const strangeQuery = (
  table: "user" | "db",
  columns: readonly string[],
  names: ObservedNames,
): string =>
  `SELECT ${["User", "Host", ...(table === "db" ? ["Db"] : []), ...columns.map(quoteIdentifier)].join(", ")} FROM mysql.${table} ` +
  `WHERE ${ownRows(names)("User")}`;
