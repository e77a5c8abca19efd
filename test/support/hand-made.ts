import fc from "fast-check";
import { DATABASE_PRIVILEGES, quoteAccount, quoteIdentifier } from "../../core/mysql";
import { DATABASES, USERS } from "./arbitraries";
import { PASSWORD } from "./mysql-login";

/** Manual changes to a cluster, as SQL that root runs. Some statements fail, as they do for people. */
const subset = <T>(values: readonly T[], minLength: number, maxLength = values.length) =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength, maxLength });

const privileges = subset(DATABASE_PRIVILEGES, 1, 5).map(list => list.join(", "));
const withGrantOption = fc.constantFrom("", "", "", " WITH GRANT OPTION");
const tableOf = fc.constantFrom(...DATABASES).map(d => `${quoteIdentifier(d)}.t`);

/** Database names as people write them: correct, wrongly escaped, not escaped, and patterns. */
const written = fc.constantFrom(...DATABASES, "app\\_prod", "a\\_b", "app%", "a%", "%prod");

const create = (account: string) =>
  fc
    .tuple(
      fc.constantFrom(
        "IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL",
        "IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL",
        "IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'",
        `IDENTIFIED BY '${PASSWORD}'`,
      ),
      fc.constantFrom("", "", "", " WITH MAX_QUERIES_PER_HOUR 100000"),
      fc.constantFrom("", "", "", " ACCOUNT LOCK"),
    )
    .map(([login, limits, locked]) => `CREATE USER ${account} ${login}${limits}${locked}`);

const manualChange = (account: string): fc.Arbitrary<string> =>
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc
        .tuple(privileges, written, withGrantOption)
        .map(([p, d, g]) => `GRANT ${p} ON ${quoteIdentifier(d)}.* TO ${account}${g}`),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(privileges, tableOf, withGrantOption)
        .map(([, t, g]) => `GRANT SELECT, INSERT ON ${t} TO ${account}${g}`),
    },
    { weight: 1, arbitrary: tableOf.map(t => `GRANT SELECT (a, b), UPDATE (b) ON ${t} TO ${account}`) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(...DATABASES)
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
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(...DATABASES)
        .map(d => `REVOKE SELECT ON ${quoteIdentifier(d)}.* FROM ${account}`),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        `GRANT app_role TO ${account}`,
        `SET DEFAULT ROLE ALL TO ${account}`,
        `GRANT app_role TO ${account} WITH ADMIN OPTION`,
      ),
    },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom("", " WITH GRANT OPTION")
        .map(g => `GRANT PROXY ON slack_bot@'%' TO ${account}${g}`),
    },
  );

const account = (user: string) =>
  fc
    .constantFrom(["%"], ["%"], ["%"], ["%"], ["10.%"], ["127.%"], ["%", "127.%"], ["10.%", "127.%"])
    .chain(hosts =>
      fc.tuple(
        ...hosts.map(host => {
          const name = quoteAccount({ user, host });
          return fc
            .tuple(create(name), fc.array(manualChange(name), { maxLength: 5 }))
            .map(([first, rest]) => [first, ...rest]);
        }),
      ),
    )
    .map(statements => statements.flat());

/** The statements that set up one cluster by hand, for up to four accounts with the prefix. */
export const handMadeArbitrary: fc.Arbitrary<readonly string[]> = subset([...USERS, "sl_mallory"], 0, 4)
  .chain(users => fc.tuple(...users.map(account)))
  .map(lists => lists.flat());
