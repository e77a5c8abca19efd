/** The static privileges that an Aurora MySQL administrator holds directly, with GRANT OPTION. */
const STATIC_PRIVILEGES =
  "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, RELOAD, PROCESS, REFERENCES, INDEX, ALTER, " +
  "SHOW DATABASES, CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE, REPLICATION SLAVE, REPLICATION CLIENT, " +
  "CREATE VIEW, SHOW VIEW, CREATE ROUTINE, ALTER ROUTINE, CREATE USER, EVENT, TRIGGER, " +
  "CREATE ROLE, DROP ROLE";

/** The privileges that the administrator lacks on the schema of the grant tables. It can read them. */
const REVOKED_ON_MYSQL =
  "INSERT, UPDATE, DELETE, CREATE, DROP, REFERENCES, INDEX, ALTER, CREATE TEMPORARY TABLES, LOCK TABLES, " +
  "EXECUTE, CREATE VIEW, CREATE ROUTINE, ALTER ROUTINE, EVENT, TRIGGER";

const DYNAMIC_PRIVILEGES = [
  "APPLICATION_PASSWORD_ADMIN",
  "CONNECTION_ADMIN",
  "ROLE_ADMIN",
  "SESSION_VARIABLES_ADMIN",
  "SHOW_ROUTINE",
  "XA_RECOVER_ADMIN",
  "FLUSH_OPTIMIZER_COSTS",
  "FLUSH_STATUS",
  "FLUSH_TABLES",
  "FLUSH_USER_RESOURCES",
];

/** The roles with which SQL on Aurora can call other AWS services. */
const AWS_ROLES: readonly string[] = [
  "AWS_LAMBDA_ACCESS",
  "AWS_LOAD_S3_ACCESS",
  "AWS_SELECT_S3_ACCESS",
  "AWS_COMPREHEND_ACCESS",
  "AWS_SAGEMAKER_ACCESS",
  "AWS_BEDROCK_ACCESS",
];

/** A release of MySQL: 8.0 is shaped like Aurora MySQL 3, 9.7 like Aurora MySQL 8.4. */
export type MySqlLine = "9.7" | "8.0";

/** What the server of 9.7 calls itself. A build of MySQL 8.4 itself is in a container only. */
export const VERSION_OF_84 = "8.4.7";

/** Which server it is, and how its accounts are set up. */
export interface MySqlShape {
  /** @default the one that the environment variable AURORA_USERS_MYSQL_LINE names, else "9.7" */
  readonly line?: MySqlLine;
  /** @default true, as on Aurora MySQL 3 */
  readonly partialRevokes?: boolean;
  /**
   * The server's setting of that name, which it keeps for ever. With 1, names of databases and tables are
   * stored in lower case.
   *
   * @default 0
   */
  readonly lowerCaseTableNames?: 0 | 1;
  /**
   * Whether the administrator holds the static privileges directly, or through `rds_superuser_role` only. AWS
   * documents the first; some real clusters have the second.
   *
   * @default "direct"
   * @see https://github.com/phpmyadmin/phpmyadmin/issues/18782
   */
  readonly adminPrivileges?: "direct" | "role";
}

/**
 * The account by which RDS Proxy watches the server, once a proxy has the cluster as its target. AWS says
 * that it must never be changed, and not what it holds.
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-proxy-planning.html
 */
const PROXY_ADMIN = [
  "CREATE USER 'rdsproxyadmin'@'%' IDENTIFIED WITH caching_sha2_password BY RANDOM PASSWORD REQUIRE SSL",
  "GRANT PROCESS, REPLICATION CLIENT ON *.* TO 'rdsproxyadmin'@'%'",
  "GRANT SELECT ON mysql.user TO 'rdsproxyadmin'@'%'",
];

/**
 * The statements that create the accounts of Aurora MySQL on an empty server, each on one line, for a
 * superuser: an administrator without SUPER or SYSTEM_USER, `rds_superuser_role`, `rdsadmin`, `rdsproxyadmin`
 * and the `AWS_*` roles.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.MasterAccounts.html
 */
export function shapeStatements(shape: MySqlShape, definerPrivileges: readonly string[]): string[] {
  const { partialRevokes = true, adminPrivileges = "direct" } = shape;
  const admin = "'admin'@'%'";
  const holder = adminPrivileges === "role" ? "'rds_superuser_role'@'%'" : admin;
  const roles = ["rds_superuser_role", ...AWS_ROLES].map(role => `'${role}'@'%'`).join(", ");
  const dynamic = [...DYNAMIC_PRIVILEGES, ...definerPrivileges].join(", ");
  return [
    "CREATE USER 'rdsadmin'@'localhost' IDENTIFIED WITH caching_sha2_password BY RANDOM PASSWORD ACCOUNT LOCK",
    "GRANT ALL ON *.* TO 'rdsadmin'@'localhost' WITH GRANT OPTION",
    ...PROXY_ADMIN,
    `CREATE ROLE ${roles}`,
    `GRANT ${dynamic} ON *.* TO 'rds_superuser_role'@'%' WITH GRANT OPTION`,
    `CREATE USER ${admin} IDENTIFIED BY RANDOM PASSWORD`,
    `GRANT ${STATIC_PRIVILEGES} ON *.* TO ${holder} WITH GRANT OPTION`,
    ...(partialRevokes ? [`REVOKE ${REVOKED_ON_MYSQL} ON mysql.* FROM ${holder}`] : []),
    `GRANT ${roles} TO ${admin} WITH ADMIN OPTION`,
    `SET DEFAULT ROLE 'rds_superuser_role'@'%' TO ${admin}`,
  ];
}

/** MySQL 8.2 replaced SET_USER_ID by two privileges. */
export const DEFINER_PRIVILEGES = {
  "8.0": ["SET_USER_ID"],
  "9.7": ["SET_ANY_DEFINER", "ALLOW_NONEXISTENT_DEFINER"],
} as const satisfies Record<MySqlLine, readonly string[]>;
