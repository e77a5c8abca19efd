import fc from "fast-check";
import { quoteAccount, quoteIdentifier } from "../../../core/mysql";
import { USERS } from "../../support/arbitraries";
import { PASSWORD } from "../../support/mysql-login";

/** A view or procedure that reads the table `t` of a database, or another view. */
export interface Reading {
  readonly kind: "VIEW" | "PROCEDURE";
  readonly sql: string;
  /** Lets somebody use it. */
  readonly grant: string;
  /** As SQL names it. */
  readonly name: string;
  /** The database whose table it reads in the end. */
  readonly reads: string;
}

export interface ReachMess {
  readonly statements: readonly string[];
  readonly readings: readonly Reading[];
  readonly activatesAllRoles: boolean;
}

const VIEWS = ["v1", "v2", "v3"] as const;
const PROCEDURES = ["q1", "q2"] as const;

const accountOf = fc
  .tuple(fc.constantFrom(...USERS, "sl_mallory"), fc.constantFrom("%", "%", "127.%"))
  .map(([user, host]) => quoteAccount({ user, host }));

/** Definers exist, do not exist, or may do everything. */
const definerOf = fc.oneof(
  { weight: 4, arbitrary: accountOf },
  { weight: 2, arbitrary: fc.constant("'root'@'localhost'") },
  { weight: 1, arbitrary: fc.constant("'gone'@'%'") },
);
const security = fc.constantFrom("DEFINER", "DEFINER", "INVOKER");

/** Views on tables and on the views before them, and procedures. */
const readingsOn = (databases: readonly string[]): fc.Arbitrary<readonly Reading[]> => {
  const database = fc.constantFrom(...databases);
  const drawn = fc.record({
    definer: definerOf,
    security,
    at: database,
    target: database,
    nested: fc.boolean(),
    user: accountOf,
  });
  return fc
    .tuple(
      fc.tuple(...VIEWS.map(() => fc.option(drawn, { nil: undefined }))),
      fc.tuple(...PROCEDURES.map(() => fc.option(drawn, { nil: undefined }))),
    )
    .map(([views, procedures]) => {
      const readings: Reading[] = [];
      for (const [index, view] of views.entries()) {
        if (!view) continue;
        const [below] = view.nested ? readings.slice(-1) : [];
        const from = below?.name ?? `${quoteIdentifier(view.target)}.t`;
        const name = `${quoteIdentifier(view.at)}.${VIEWS[index]}`;
        readings.push({
          kind: "VIEW",
          name,
          reads: below?.reads ?? view.target,
          grant: `GRANT SELECT ON ${name} TO ${view.user}`,
          sql: `CREATE DEFINER = ${view.definer} SQL SECURITY ${view.security} VIEW ${name} AS SELECT a, b FROM ${from}`,
        });
      }
      for (const [index, procedure] of procedures.entries()) {
        if (!procedure) continue;
        const name = `${quoteIdentifier(procedure.at)}.${PROCEDURES[index]}`;
        readings.push({
          kind: "PROCEDURE",
          name,
          reads: procedure.target,
          grant: `GRANT EXECUTE ON PROCEDURE ${name} TO ${procedure.user}`,
          sql:
            `CREATE DEFINER = ${procedure.definer} PROCEDURE ${name}() SQL SECURITY ${procedure.security} ` +
            `SELECT COUNT(a) FROM ${quoteIdentifier(procedure.target)}.t INTO @found`,
        });
      }
      return readings;
    });
};

/** Global grants with exceptions, grants to everybody by an account without a name, and roles. */
const grants = (databases: readonly string[]): fc.Arbitrary<string> => {
  const database = fc.constantFrom(...databases).map(quoteIdentifier);
  return fc.oneof(
    accountOf.map(account => `GRANT SELECT, INSERT ON *.* TO ${account}`),
    fc.tuple(database, accountOf).map(([on, account]) => `REVOKE SELECT ON ${on}.* FROM ${account}`),
    fc.tuple(database, accountOf).map(([on, account]) => `GRANT SELECT ON ${on}.* TO ${account}`),
    fc.tuple(database, accountOf).map(([on, account]) => `GRANT EXECUTE ON ${on}.* TO ${account}`),
    fc.tuple(accountOf, accountOf).map(([role, account]) => `GRANT ${role} TO ${account}`),
    accountOf.map(account => `SET DEFAULT ROLE ALL TO ${account}`),
    fc.constantFrom("SELECT", "INSERT, DELETE").map(some => `GRANT ${some} ON \`a%\`.* TO app_role`),
    database.map(on => `GRANT SELECT ON ${on}.* TO app_nested`),
    fc
      .tuple(fc.constantFrom("%", "127.%"), database)
      .map(
        ([host, on]) =>
          `CREATE USER ''@'${host}' IDENTIFIED BY '${PASSWORD}'; GRANT SELECT ON ${on}.* TO ''@'${host}'`,
      ),
  );
};

export const reachMessOn = (databases: readonly string[]): fc.Arbitrary<ReachMess> =>
  fc.record({
    statements: fc
      .array(grants(databases), { maxLength: 6 })
      .map(list => list.flatMap(sql => sql.split("; "))),
    readings: readingsOn(databases),
    activatesAllRoles: fc.boolean(),
  });
