import fc from "fast-check";
import { DATABASE_PRIVILEGES, quoteAccount, quoteIdentifier } from "../../core/mysql";
import { escapeDatabase } from "../../core/mysql/database-name";
import { OWN_ROLE, USERS } from "./arbitraries";
import { PASSWORD } from "./mysql-login";

/** Manual changes to a cluster, as SQL that root runs. Some statements fail, as they do for people. */
const subset = <T>(values: readonly T[], minLength: number, maxLength = values.length) =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength, maxLength });

const privileges = subset(DATABASE_PRIVILEGES, 1, 5).map(list => list.join(", "));
const withGrantOption = fc.constantFrom("", "", "", " WITH GRANT OPTION");

/** An account with the prefix that no roster declares. */
const MALLORY = "sl_mallory";
/** A role that is mandatory in some of the clusters. It has no privileges. */
export const EVERYBODYS_ROLE = "app_all";

/** Database names as people write them: correct, wrongly escaped, not escaped, and patterns. */
const written = (databases: readonly string[]) =>
  fc.constantFrom(...databases, ...databases.map(escapeDatabase), "app%", "a%", "%prod");

const create = (account: string) =>
  fc
    .tuple(
      fc.constantFrom(
        "IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL",
        "IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL",
        "IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'",
        "IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE X509",
        "IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SUBJECT '/CN=a' AND CIPHER 'AES'",
        `IDENTIFIED BY '${PASSWORD}'`,
      ),
      fc.constantFrom("", "", "", " WITH MAX_QUERIES_PER_HOUR 100000"),
      fc.constantFrom("", "", "", " ACCOUNT LOCK"),
    )
    .map(([login, limits, locked]) => `CREATE USER ${account} ${login}${limits}${locked}`);

/** Grants on databases, tables and routines, and on everything. */
const grantOn = (databases: readonly string[], account: string): fc.Arbitrary<string> => {
  const database = fc.constantFrom(...databases).map(quoteIdentifier);
  const table = database.map(d => `${d}.t`);
  return fc.oneof(
    {
      weight: 5,
      arbitrary: fc
        .tuple(privileges, written(databases), withGrantOption)
        .map(([p, d, g]) => `GRANT ${p} ON ${quoteIdentifier(d)}.* TO ${account}${g}`),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(table, withGrantOption)
        .map(([t, g]) => `GRANT SELECT, INSERT ON ${t} TO ${account}${g}`),
    },
    { weight: 1, arbitrary: table.map(t => `GRANT SELECT (a, b), UPDATE (b) ON ${t} TO ${account}`) },
    {
      weight: 1,
      // The server stores other names garbled, and then nothing revokes the grant: see
      // test/mysql/reconciler/mysql/garbled-routines.test.ts.
      arbitrary: fc
        .constantFrom(...databases.filter(name => /^[ -~]+$/.test(name)))
        .map(d => `GRANT EXECUTE ON PROCEDURE ${quoteIdentifier(d)}.p TO ${account}`),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(subset(["SELECT", "INSERT", "PROCESS", "CREATE"], 1), withGrantOption)
        .map(([p, g]) => `GRANT ${p.join(", ")} ON *.* TO ${account}${g}`),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(subset(["CONNECTION_ADMIN", "XA_RECOVER_ADMIN"], 1), withGrantOption)
        .map(([p, g]) => `GRANT ${p.join(", ")} ON *.* TO ${account}${g}`),
    },
    { weight: 1, arbitrary: database.map(d => `REVOKE SELECT ON ${d}.* FROM ${account}`) },
  );
};

const other = fc.constantFrom(...USERS, MALLORY).map(user => quoteAccount({ user, host: "%" }));

/** Roles: the account has one, is one, and every account has one. */
const roleOf = (account: string): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constantFrom(
      `GRANT app_role TO ${account}`,
      `GRANT app_nested TO ${account}`,
      `GRANT ${EVERYBODYS_ROLE} TO ${account}`,
      `SET DEFAULT ROLE ALL TO ${account}`,
      `GRANT app_role TO ${account} WITH ADMIN OPTION`,
      `GRANT ${OWN_ROLE} TO ${account}`,
      `GRANT ${OWN_ROLE}, app_role TO ${account} WITH ADMIN OPTION`,
    ),
    other.map(member => `GRANT ${account} TO ${member}`),
    fc.constantFrom("", " WITH GRANT OPTION").map(g => `GRANT PROXY ON slack_bot@'%' TO ${account}${g}`),
    fc
      .constantFrom(EVERYBODYS_ROLE, MALLORY, `${EVERYBODYS_ROLE},${MALLORY}`)
      .map(roles => `SET GLOBAL mandatory_roles = '${roles}'`),
  );

/** What is set on an account in addition to its grants: attributes, limits, and the state of its password. */
const setOn = (account: string): fc.Arbitrary<string> =>
  fc
    .constantFrom(
      `ATTRIBUTE '{"team": "o''brien"}'`,
      "COMMENT 'made by hand'",
      `IDENTIFIED BY '${PASSWORD}' RETAIN CURRENT PASSWORD`,
      "PASSWORD EXPIRE",
      "WITH MAX_UPDATES_PER_HOUR 100000",
      "WITH MAX_CONNECTIONS_PER_HOUR 100000",
      "WITH MAX_USER_CONNECTIONS 50 MAX_QUERIES_PER_HOUR 100000",
      "REQUIRE NONE",
      "REQUIRE X509",
      "FAILED_LOGIN_ATTEMPTS 1 PASSWORD_LOCK_TIME UNBOUNDED",
      "ADD 2 FACTOR IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'",
      "ACCOUNT LOCK",
    )
    .map(setting => `ALTER USER ${account} ${setting}`);

/**
 * Whether the server goes on to know the account. If it has a second password and the login by IAM token, the
 * server leaves it out when it reads the grant tables again: every statement about it fails (1396).
 */
const isPossible = (sql: string, create: string): boolean =>
  !sql.includes("RETAIN") || create.includes("IDENTIFIED BY");

const account = (databases: readonly string[], user: string) =>
  fc
    .constantFrom(["%"], ["%"], ["%"], ["%"], ["10.%"], ["127.%"], ["%", "127.%"], ["10.%", "127.%"])
    .chain(hosts =>
      fc.tuple(
        ...hosts.map(host => {
          const name = quoteAccount({ user, host });
          return fc
            .tuple(
              create(name),
              fc.array(
                fc.oneof(
                  { weight: 12, arbitrary: grantOn(databases, name) },
                  { weight: 3, arbitrary: roleOf(name) },
                  { weight: 3, arbitrary: setOn(name) },
                ),
                { maxLength: 6 },
              ),
            )
            .map(([first, rest]) => [first, ...rest.filter(sql => isPossible(sql, first))]);
        }),
      ),
    )
    .map(statements => statements.flat());

/** The statements that set up one cluster by hand, for up to four accounts with the prefix. */
export const handMadeOn = (databases: readonly string[]): fc.Arbitrary<readonly string[]> =>
  subset([...USERS, MALLORY], 0, 4)
    .chain(users => fc.tuple(...users.map(user => account(databases, user))))
    .map(lists => lists.flat());
