import { groupBy } from "../../../../core/group-by";
import type { UsedTable } from "../../../../core/mysql/sessions/narrowed-accounts";
import { pause } from "../../../runtime/deadline";
import { DatabaseError } from "../../runtime/errors";
import type { MySqlSession, Row } from "../mysql-session";

/** How often, and how long, a table is looked at that somebody uses: whether it is free at some moment. */
const LOOKS = 20;
const PAUSE_MS = 50;

/**
 * The tables that a connection keeps open (`HANDLER`, `LOCK TABLES`). Without `performance_schema` the server
 * only says how many use a table. After a REVOKE nobody opens it again, so one that is free at some moment is
 * kept by nobody.
 * @param isTaken which tables matter: those that were taken
 * @returns what a connection keeps open; undefined if it is not known
 */
export async function openTables(
  session: MySqlSession,
  isTaken: (table: UsedTable) => boolean,
): Promise<(connection: number) => readonly UsedTable[] | undefined> {
  const held = await heldByConnection(session);
  if (held) return connection => held.get(connection) ?? [];
  const areFree = await wereFree(session, isTaken);
  return () => (areFree ? [] : undefined);
}

/** Whether each of the tables was free at some moment. */
async function wereFree(session: MySqlSession, isTaken: (table: UsedTable) => boolean): Promise<boolean> {
  let always: UsedTable[] | undefined;
  for (let look = 0; look < LOOKS; look++) {
    if (look > 0) await pause(PAUSE_MS);
    const rows = await rowsOrNone(session, "SHOW OPEN TABLES WHERE In_use > 0");
    if (!rows) return false;
    const used = rows
      .map(row => ({ database: String(row["Database"]), name: String(row["Table"]) }))
      .filter(isTaken);
    const keys = new Set(used.map(keyOf));
    always = (always ?? used).filter(table => keys.has(keyOf(table)));
    if (always.length === 0) return true;
  }
  return false;
}

const keyOf = ({ database, name }: UsedTable): string => JSON.stringify([database, name]);

/** @returns undefined if the server does not say it */
async function heldByConnection(session: MySqlSession) {
  const [instrument] =
    (await rowsOrNone(
      session,
      "SELECT 1 FROM performance_schema.setup_instruments WHERE NAME = 'wait/lock/metadata/sql/mdl' AND ENABLED = 'YES'",
    )) ?? [];
  if (!instrument) return undefined;
  const rows = await rowsOrNone(
    session,
    `SELECT t.PROCESSLIST_ID AS id, m.OBJECT_SCHEMA AS db, m.OBJECT_NAME AS name
       FROM performance_schema.metadata_locks m JOIN performance_schema.threads t ON t.THREAD_ID = m.OWNER_THREAD_ID
      WHERE m.OBJECT_TYPE = 'TABLE' AND m.LOCK_DURATION = 'EXPLICIT' AND t.PROCESSLIST_ID IS NOT NULL`,
  );
  // A full table of locks misses some: a service can fill it, and hide what it keeps.
  if (!rows || (await lostLocks(session)) !== "0") return undefined;
  const tables = rows.map(({ db, id, name }) => {
    return { id: Number(id), table: { database: String(db), name: String(name) } };
  });
  const byConnection = [...groupBy(tables, ({ id }) => id)];
  return new Map(byConnection.map(([id, of]) => [id, of.map(({ table }) => table)]));
}

/** How many locks `metadata_locks` had no room for. Undefined: the server does not say it. */
async function lostLocks(session: MySqlSession): Promise<string | undefined> {
  const [row] =
    (await rowsOrNone(session, "SHOW GLOBAL STATUS LIKE 'Performance_schema_metadata_lock_lost'")) ?? [];
  return row && String(row["Value"]);
}

/** The rows, unless the server refuses the query. */
const rowsOrNone = (session: MySqlSession, sql: string): Promise<readonly Row[] | undefined> =>
  session.query(sql).catch((error: unknown) => {
    if (error instanceof DatabaseError) return undefined;
    throw error;
  });
