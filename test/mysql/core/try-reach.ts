import type { Connection } from "mysql2/promise";
import { quoteAccount, quoteIdentifier } from "../../../core/mysql";
import { column, rows } from "../../support/mysql-login";
import type { Reading } from "./reach-mess";

/** What an account really reaches of the table `t` of a database. */
export interface Tried {
  readonly reads: boolean;
  readonly readsByView: boolean;
  readonly readsByCode: boolean;
  readonly writes: boolean;
}

const WRITES: readonly ((table: string) => string)[] = [
  table => `INSERT INTO ${table} (a) VALUES (1)`,
  table => `INSERT INTO ${table} (b) VALUES (1)`,
  table => `UPDATE ${table} SET a = 1`,
  table => `UPDATE ${table} SET b = 1`,
  table => `DELETE FROM ${table}`,
  table => `ALTER TABLE ${table} COMMENT = ''`,
];

/** The right is checked first; then it is no view (1347). */
const NO_VIEW = 1347;

const succeeds = async (connection: Connection, sql: string): Promise<boolean> =>
  connection.query(sql).then(
    () => true,
    (error: { errno?: number }) => error.errno === NO_VIEW,
  );

const any = async (connection: Connection, statements: readonly string[]): Promise<boolean> => {
  for (const sql of statements) if (await succeeds(connection, sql)) return true;
  return false;
};

/** Each choice of roles that the account has, as SQL. */
async function roleChoices(connection: Connection): Promise<string[]> {
  const granted = await rows(
    connection,
    "SELECT ROLE_NAME AS user, ROLE_HOST AS host FROM information_schema.APPLICABLE_ROLES",
  );
  const single = (granted as { user: string; host: string }[]).map(role => `SET ROLE ${quoteAccount(role)}`);
  return ["SET ROLE DEFAULT", "SET ROLE NONE", "SET ROLE ALL", ...new Set(single)];
}

/** What the connection's account reaches, with every choice of its roles, by database. */
export async function tryReach(
  connection: Connection,
  databases: readonly string[],
  readings: readonly Reading[],
): Promise<ReadonlyMap<string, Tried>> {
  const found = new Map<string, Tried>(
    databases.map(name => [name, { reads: false, readsByView: false, readsByCode: false, writes: false }]),
  );
  for (const roles of await roleChoices(connection)) {
    if (!(await succeeds(connection, roles))) continue;
    for (const [database, before] of found) {
      const table = `${quoteIdentifier(database)}.t`;
      const of = (kind: Reading["kind"]) =>
        readings.filter(one => one.kind === kind && one.reads === database).map(({ name }) => name);
      await connection.query("START TRANSACTION");
      found.set(database, {
        reads: before.reads || (await any(connection, [`SELECT a FROM ${table}`, `SELECT b FROM ${table}`])),
        readsByView:
          before.readsByView ||
          (await any(
            connection,
            of("VIEW").map(name => `SELECT a, b FROM ${name}`),
          )),
        readsByCode:
          before.readsByCode ||
          (await any(
            connection,
            of("PROCEDURE").map(name => `CALL ${name}()`),
          )),
        writes:
          before.writes ||
          (await any(connection, [...WRITES.map(write => write(table)), `DROP VIEW ${table}`])),
      });
      await connection.query("ROLLBACK");
    }
  }
  return found;
}

/** The account that the server chose, as SQL names it. */
export async function chosenAccount(connection: Connection): Promise<string> {
  const [text] = await column(connection, "SELECT CURRENT_USER()");
  const at = text!.lastIndexOf("@");
  return quoteAccount({ user: text!.slice(0, at), host: text!.slice(at + 1) });
}
