import type { Connection } from "mysql2/promise";
import { quoteIdentifier } from "../../core/mysql";
import { COMMON, PROBED_ACCOUNT, type SoakCluster, spelled } from "./clusters";
import type { Need } from "./declared";

interface Probe {
  /**
   * A statement without a lasting effect.
   * @param d the database's name, quoted
   * @param granted the same as grants on this server spell it
   */
  readonly sql: (d: string, granted: string) => string;
  readonly need: Need | "GRANT OPTION";
}

/** What an account tries in each database. */
export const PROBES: Readonly<Record<string, Probe>> = {
  "select t.a": { sql: d => `SELECT a FROM ${d}.t LIMIT 0`, need: of("SELECT", "t", "a") },
  "select t.b": { sql: d => `SELECT b FROM ${d}.t LIMIT 0`, need: of("SELECT", "t", "b") },
  "select u.a": { sql: d => `SELECT a FROM ${d}.u LIMIT 0`, need: of("SELECT", "u", "a") },
  "insert t.a": { sql: d => `INSERT INTO ${d}.t (a) SELECT 1 WHERE FALSE`, need: of("INSERT", "t", "a") },
  "insert t.b": { sql: d => `INSERT INTO ${d}.t (b) SELECT 1 WHERE FALSE`, need: of("INSERT", "t", "b") },
  "update t.b": { sql: d => `UPDATE ${d}.t SET b = 1 WHERE FALSE`, need: of("UPDATE", "t", "b") },
  "update u.a": { sql: d => `UPDATE ${d}.u SET a = 1 WHERE FALSE`, need: of("UPDATE", "u", "a") },
  "delete t": { sql: d => `DELETE FROM ${d}.t WHERE FALSE`, need: of("DELETE", "t") },
  "delete u": { sql: d => `DELETE FROM ${d}.u WHERE FALSE`, need: of("DELETE", "u") },
  "create t": { sql: d => `CREATE TABLE ${d}.t (a INT)`, need: of("CREATE") },
  "drop nothing": { sql: d => `DROP TABLE ${d}.nothing`, need: of("DROP") },
  "index t": { sql: d => `CREATE INDEX a ON ${d}.t (a)`, need: of("INDEX") },
  "create view t": { sql: d => `CREATE VIEW ${d}.t AS SELECT 1`, need: of("CREATE VIEW") },
  temporary: { sql: d => `CREATE TEMPORARY TABLE ${d}.probe (a INT)`, need: of("CREATE TEMPORARY TABLES") },
  "call p": { sql: d => `CALL ${d}.p()`, need: { privilege: "EXECUTE", routine: "p" } },
  "select f": { sql: d => `SELECT ${d}.f()`, need: { privilege: "EXECUTE", routine: "f" } },
  "hand on": { sql: (_, g) => `REVOKE SELECT ON ${g}.* FROM ${PROBED_ACCOUNT}`, need: "GRANT OPTION" },
};

/** What it tries of the whole server. */
const OF_SERVER: Readonly<Record<string, string>> = {
  PROCESS: "SHOW ENGINE INNODB STATUS",
  "REPLICATION CLIENT": "SHOW REPLICA STATUS",
  XA_RECOVER_ADMIN: "XA RECOVER",
  FLUSH_STATUS: "FLUSH STATUS",
  "native role": `SELECT a FROM ${COMMON}.t LIMIT 0`,
};

function of(privilege: string, table?: string, column?: string): Need {
  return { privilege, ...(table && { table }), ...(column && { column }) };
}

/** A lack of rights, as opposed to objects that exist already or do not. 1401: XA RECOVER. */
const REFUSED = new Set([1044, 1045, 1142, 1143, 1227, 1370, 1401]);

/** What the connection may do on its cluster, found by trying. */
export async function tryAccess(connection: Connection, cluster: SoakCluster): Promise<readonly string[]> {
  const held: string[] = [];
  const mayRun = (sql: string) =>
    connection.query(sql).then(
      () => true,
      (error: { errno?: number; message: string }) => {
        if (!(Number(error.errno) > 0)) throw new Error(`${sql}: ${error.message}`);
        return !REFUSED.has(error.errno!);
      },
    );
  for (const database of cluster.databases)
    for (const [name, { sql }] of Object.entries(PROBES))
      if (await mayRun(sql(quoteIdentifier(database), quoteIdentifier(spelled(cluster, database)))))
        held.push(`${database} ${name}`);
  for (const [name, sql] of Object.entries(OF_SERVER)) if (await mayRun(sql)) held.push(`server ${name}`);
  return held.sort();
}
