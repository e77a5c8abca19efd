import type { Connection } from "mysql2/promise";
import { quoteIdentifier } from "../../core/mysql";

/** Errors for a lack of rights, as opposed to objects that are missing or exist already. */
const REFUSED = new Set([1044, 1142, 1143, 1227, 1370, 1449, 1290]);

/** A statement for each privilege that shows whether it is held, without a lasting effect. */
const PROBES: readonly (readonly [privilege: string, sql: (database: string) => string])[] = [
  ["SELECT", d => `SELECT COUNT(*) FROM ${d}.t`],
  ["INSERT", d => `INSERT INTO ${d}.t VALUES (1, 1)`],
  ["UPDATE", d => `UPDATE ${d}.t SET a = 1`],
  ["DELETE", d => `DELETE FROM ${d}.t`],
  ["CREATE", d => `CREATE TABLE ${d}.t (a INT)`],
  ["DROP", d => `DROP TABLE ${d}.nothing`],
  ["INDEX", d => `CREATE INDEX a ON ${d}.t (a)`],
  ["CREATE TEMPORARY TABLES", d => `CREATE TEMPORARY TABLE ${d}.probe (a INT)`],
  ["EXECUTE", d => `CALL ${d}.p()`],
  ["CREATE VIEW", d => `CREATE VIEW ${d}.t AS SELECT 1`],
  ["CREATE ROUTINE", d => `CREATE PROCEDURE ${d}.p() SELECT 1`],
  ["EVENT", d => `DROP EVENT ${d}.nothing`],
];

export const PROBED_PRIVILEGES: readonly string[] = PROBES.map(([privilege]) => privilege);

/** Creates what PROBES needs in each database. */
export async function prepareDatabases(root: Connection, databases: readonly string[]): Promise<void> {
  for (const name of databases) {
    const d = quoteIdentifier(name);
    await root.query(`CREATE DATABASE IF NOT EXISTS ${d}`);
    await root.query(`CREATE TABLE IF NOT EXISTS ${d}.t (a INT, b INT, KEY a (a))`);
    await root.query(`CREATE PROCEDURE IF NOT EXISTS ${d}.p() SQL SECURITY INVOKER DO 1`);
  }
}

/** The password has expired: the connection may do nothing. */
const EXPIRED = 1820;

/** Tries what the connection may do in the databases, and returns `database privilege` for each success. */
export async function tryPrivileges(connection: Connection, databases: readonly string[]): Promise<string[]> {
  const held: string[] = [];
  const isShut = await connection.query("DO 1").then(
    () => false,
    (error: { errno?: number }) => error.errno === EXPIRED,
  );
  if (isShut) return held;
  for (const database of databases) {
    for (const [privilege, sql] of PROBES) {
      await connection.query("START TRANSACTION");
      const refused = await connection.query(sql(quoteIdentifier(database))).then(
        () => false,
        (error: { errno?: number }) => REFUSED.has(error.errno ?? 0),
      );
      await connection.query("ROLLBACK");
      if (privilege === "CREATE TEMPORARY TABLES" && !refused) {
        await connection.query(`DROP TEMPORARY TABLE IF EXISTS ${quoteIdentifier(database)}.probe`);
      }
      if (!refused) held.push(`${database} ${privilege}`);
    }
  }
  return held;
}
