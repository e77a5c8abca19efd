import { PASSWORD } from "../../../support/mysql-login";

/** A kind of account that a cluster with a history has. */
export interface FoundKind {
  /** What begins the names of its accounts, with the prefix if they have one. */
  readonly name: string;
  /** The statements that make one. @param id the account, quoted */
  readonly sql: (id: string, n: number) => readonly string[];
  /** Why it is not imported. Absent: it is. */
  readonly leftOut?: RegExp;
  /** Why it is imported by its own name only. */
  readonly staysBehind?: RegExp;
  /** The table of people has it as this. Default: service. */
  readonly kind?: "person";
  /** Whether it logs in by the password that tests give. */
  readonly byPassword?: true;
  /** Default: `%`. */
  readonly hosts?: readonly string[];
  /** Whether only servers with `partial_revokes` ON, or OFF, have it. Default: all. */
  readonly partialRevokes?: boolean;
}

const SHA2 = `IDENTIFIED WITH caching_sha2_password BY '${PASSWORD}'`;
const NATIVE = `IDENTIFIED WITH mysql_native_password BY '${PASSWORD}'`;
const IAM = "IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL";
const user =
  (login: string, ...grants: readonly string[]) =>
  (id: string) => [
    `CREATE USER ${id} ${login}`,
    ...grants.map(grant => (grant.includes("@@") ? grant.replace("@@", id) : `GRANT ${grant} TO ${id}`)),
  ];
const READ = "SELECT ON `orders`.*";

/** What every server needs before the accounts are made. */
export const SURROUNDINGS = [
  "CREATE DATABASE orders",
  "CREATE DATABASE billing",
  "CREATE TABLE orders.t (a INT, b INT)",
  "CREATE TABLE billing.t (a INT, b INT)",
  "CREATE PROCEDURE orders.p() SELECT 1",
  "CREATE FUNCTION orders.f() RETURNS INT DETERMINISTIC RETURN 1",
  "CREATE ROLE team_role",
  "GRANT SELECT ON orders.t TO team_role",
  `CREATE USER ''@'10.1.%' ${SHA2}`,
  "CREATE DEFINER = 'gone'@'%' VIEW orders.of_nobody AS SELECT 1 AS one",
];

/** Accounts of every kind, by database, table, column and routine, with all options. */
export const KINDS: readonly FoundKind[] = [
  { name: "sl_app", sql: user(SHA2, "SELECT, INSERT, UPDATE ON `orders`.*"), byPassword: true },
  { name: "sl_old", sql: user(NATIVE, READ, "SELECT ON `billing`.*"), byPassword: true },
  { name: "sl_ann", sql: user(SHA2, READ), kind: "person", byPassword: true },
  { name: "sl_bea", sql: user(IAM, READ), kind: "person" },
  { name: "sl_cap", sql: user(`${IAM} WITH MAX_USER_CONNECTIONS 5`, READ), kind: "person" },
  {
    name: "sl_lim",
    sql: user(`${SHA2} REQUIRE SSL WITH MAX_QUERIES_PER_HOUR 90 MAX_UPDATES_PER_HOUR 80`, READ),
    byPassword: true,
  },
  {
    name: "sl_hosts",
    sql: user(SHA2, READ),
    hosts: ["10.%", "127.%", "192.168.0.0/255.255.0.0"],
    byPassword: true,
  },
  { name: "sl_here", sql: user(SHA2, READ), hosts: ["localhost"], leftOut: /host name/ },
  { name: "sl_x509", sql: user(`${SHA2} REQUIRE X509`, READ) },
  { name: "sl_subject", sql: user(`${SHA2} REQUIRE SUBJECT '/CN=app' AND ISSUER '/CN=ca'`, READ) },
  { name: "sl_cipher", sql: user(`${SHA2} REQUIRE CIPHER 'AES256-SHA'`, READ) },
  { name: "sl_locked", sql: user(`${SHA2} ACCOUNT LOCK`, READ) },
  {
    name: "sl_table",
    sql: user(
      SHA2,
      "SELECT, DELETE ON `orders`.`t`",
      "SELECT (a, b), UPDATE (b) ON `billing`.`t`",
      "INSERT (a) ON `orders`.`t`",
    ),
    byPassword: true,
  },
  {
    name: "sl_routine",
    sql: user(SHA2, "EXECUTE ON PROCEDURE `orders`.`p`", "EXECUTE, ALTER ROUTINE ON FUNCTION `orders`.`f`"),
    byPassword: true,
  },
  { name: "sl_monitor", sql: user(SHA2, "PROCESS, CONNECTION_ADMIN ON *.*", READ), byPassword: true },
  { name: "sl_lambda", sql: user(SHA2, "AWS_LAMBDA_ACCESS", "SET DEFAULT ROLE ALL TO @@", READ) },
  {
    name: "sl_option",
    sql: id => [
      `CREATE USER ${id} ${SHA2}`,
      `GRANT SELECT, INSERT ON orders.* TO ${id} WITH GRANT OPTION`,
      `GRANT SELECT ON billing.t TO ${id} WITH GRANT OPTION`,
    ],
    byPassword: true,
  },
  {
    name: "sl_owner",
    sql: (id, n) => [
      `CREATE USER ${id} ${SHA2}`,
      `GRANT SELECT, CREATE VIEW, CREATE ROUTINE ON orders.* TO ${id}`,
      `CREATE DEFINER = ${id} VIEW orders.v${n} AS SELECT a FROM orders.t`,
      `CREATE DEFINER = ${id} PROCEDURE orders.own${n}() SELECT 1`,
      `GRANT EXECUTE, ALTER ROUTINE ON PROCEDURE orders.own${n} TO ${id}`,
    ],
    byPassword: true,
  },
  { name: "sl_o'br\"i`en", sql: user(SHA2, READ), byPassword: true },
  { name: "sl_a@b.example", sql: user(SHA2, READ), kind: "person", byPassword: true },
  { name: "sl_größe", sql: user(SHA2, READ), byPassword: true },
  {
    name: "sl_extra",
    sql: id => [
      `CREATE USER ${id} ${SHA2} FAILED_LOGIN_ATTEMPTS 9 PASSWORD_LOCK_TIME 1 ATTRIBUTE '{"team": "a"}'`,
      `GRANT SELECT ON orders.* TO ${id}`,
      `ALTER USER ${id} IDENTIFIED BY '${PASSWORD}' RETAIN CURRENT PASSWORD`,
    ],
    byPassword: true,
  },
  {
    name: "sl_tenant",
    sql: user(SHA2, "SELECT ON `tenant_%`.*", "SELECT ON `orders`.*"),
    byPassword: true,
    partialRevokes: false,
  },
  { name: "sl_all", sql: user(SHA2, "SELECT ON *.*"), leftOut: /SELECT on the whole server/ },
  { name: "sl_proxy", sql: user(SHA2, READ, "PROXY ON 'gone'@'%'"), leftOut: /PROXY/ },
  { name: "sl_empty", sql: user(SHA2), leftOut: /no privilege/ },
  {
    name: "sl_partly",
    sql: user(SHA2, "SELECT ON *.*", "REVOKE SELECT ON billing.* FROM @@"),
    leftOut: /partial revokes/,
    partialRevokes: true,
  },
  { name: "sl_sleeping", sql: user(SHA2, READ, "team_role"), leftOut: /not active after a login/ },
  {
    name: "sl_giver",
    sql: id => [...user(SHA2, READ)(id), `GRANT team_role TO ${id} WITH ADMIN OPTION`],
    leftOut: /ADMIN OPTION/,
  },
  { name: "sl_system", sql: user(SHA2, "SELECT ON mysql.user"), leftOut: /server's own databases/ },
  { name: "sl_super", sql: user(SHA2, "CREATE USER ON *.*", READ), leftOut: /never granted/ },
  {
    name: "sl_only",
    sql: id => [`CREATE USER ${id} ${SHA2}`, `GRANT USAGE ON orders.* TO ${id} WITH GRANT OPTION`],
    leftOut: /GRANT OPTION alone/,
  },
  {
    name: "sl_events",
    sql: (id, n) => [
      `CREATE USER ${id} ${SHA2} ACCOUNT LOCK`,
      `GRANT SELECT, EVENT ON orders.* TO ${id}`,
      `CREATE DEFINER = ${id} EVENT orders.e${n} ON SCHEDULE EVERY 1 YEAR DO SELECT 1`,
    ],
    leftOut: /locked, and .* run with its rights/,
  },
  { name: "legacy_app", sql: user(SHA2, READ), byPassword: true },
  { name: "legacy_ann", sql: user(SHA2, READ), kind: "person", byPassword: true },
  {
    name: "legacy_owner",
    sql: (id, n) => [
      ...user(SHA2, READ)(id),
      `CREATE DEFINER = ${id} VIEW orders.legacy${n} AS SELECT a FROM orders.t`,
    ],
    byPassword: true,
    staysBehind: /DEFINER of VIEW/,
  },
  { name: "far_app", sql: user(SHA2, READ), hosts: ["10.%"], leftOut: /another host/ },
];

/** One account of a kind. */
export interface FoundAccount extends FoundKind {
  readonly user: string;
  readonly statements: readonly string[];
}

/** So many accounts, of each kind in turn. */
export function foundAccounts(count: number, partialRevokes: boolean): FoundAccount[] {
  const kinds = KINDS.filter(kind => (kind.partialRevokes ?? partialRevokes) === partialRevokes);
  return Array.from({ length: count }, (_, n) => {
    const kind = kinds[n % kinds.length]!;
    const name = `${kind.name}${Math.floor(n / kinds.length)}`;
    const quoted = `'${name.replaceAll("'", "''")}'`;
    const hosts = kind.hosts ?? ["%"];
    const statements = hosts.flatMap(host => kind.sql(`${quoted}@'${host}'`, n));
    return { ...kind, user: name, statements };
  });
}
