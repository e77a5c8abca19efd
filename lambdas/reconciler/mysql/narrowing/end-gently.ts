import type { Narrowing, UsedTable } from "../../../../core/mysql/sessions/narrowed-accounts";
import type { OpenSession } from "../../../../core/mysql/shut-out-sessions";
import { pause, within } from "../../../runtime/deadline";
import { DatabaseError, DatabaseUnreachableError } from "../../runtime/errors";
import type { MySqlSession, Row } from "../mysql-session";
import type { SessionReading } from "../open-sessions";
import { openTables } from "./open-tables";

/** The longest that a session of a service goes on with what was taken, to finish what it does. */
export const GRACE_MS = 30_000;
const PAUSE_MS = 500;
/** The longest wait for the server to say what its connections do. */
const LONGEST_READ_MS = 5_000;

/** Narrowed accounts, by user name. */
export type NarrowedUsers = ReadonlyMap<string, Narrowing>;

/** The sessions that go on with something that was taken. In doubt a session does. */
export async function keepingSessions(
  session: MySqlSession,
  sessions: readonly OpenSession[],
  narrowed: NarrowedUsers,
): Promise<OpenSession[]> {
  const of = sessions.filter(({ user }) => narrowed.has(user));
  const taken = [...new Set(of.map(({ user }) => user))].flatMap(user => narrowed.get(user)!.takes ?? []);
  const isTaken = (table: UsedTable) => taken.some(takes => takes(table));
  const tablesOf = taken.length > 0 ? await openTables(session, isTaken) : () => [];
  return of.filter(({ connection, database, user }) =>
    narrowed.get(user)!.survivesIn({ database, openTables: tablesOf(connection) }),
  );
}

/** How much time a session has to finish what it does. */
export interface GentleEnding extends SessionReading {
  /** @default GRACE_MS */
  readonly graceMs?: number | undefined;
}

/**
 * Ends sessions, those first that are idle and in no transaction. The others end when they are done, at the
 * latest after the time for it, or half of the run's own time.
 * @param end ends a session
 */
export async function endGently(
  sessions: readonly OpenSession[],
  { another, deadline, graceMs = GRACE_MS }: GentleEnding,
  end: (one: OpenSession) => Promise<void>,
): Promise<void> {
  if (sessions.length === 0) return;
  const until = performance.now() + Math.min(graceMs, deadline.left() / 2);
  // The server may make a reader of its connections wait, so the run's own connection does not ask.
  const reader = await another().catch(() => undefined);
  let isReading = reader !== undefined;
  try {
    for (let left = sessions; left.length > 0; ) {
      const rest = until - performance.now();
      const known = isReading && rest > 0 ? await idleConnections(reader!, rest) : undefined;
      isReading = known !== undefined;
      const ready = left.filter(({ connection }) => rest <= 0 || known?.idle.has(connection));
      for (const one of ready) await end(one);
      left = left.filter(one => !ready.includes(one) && (!known || known.all.has(one.connection)));
      const wait = Math.min(isReading ? PAUSE_MS : rest, until - performance.now());
      if (left.length > 0 && wait > 0) await pause(wait);
    }
  } finally {
    // It may still wait for the server.
    reader?.destroy();
  }
}

/**
 * The connections of the server, and those of them that do nothing and have no transaction.
 * @returns undefined if the server does not say it in time
 */
async function idleConnections(reader: MySqlSession, ms: number) {
  const late = () => new DatabaseUnreachableError("the server does not list its connections");
  const read = async (table: string) => {
    const rows = await reader.query(
      `SELECT p.ID AS id, p.COMMAND = 'Sleep' AND t.trx_id IS NULL AS idle FROM ${table} p
         LEFT JOIN information_schema.INNODB_TRX t ON t.trx_mysql_thread_id = p.ID`,
    );
    return rows.some(({ id }) => Number(id) === reader.id) ? rows : undefined;
  };
  const reading = read("performance_schema.processlist")
    .catch((error: unknown) => {
      if (error instanceof DatabaseError) return undefined;
      throw error;
    })
    .then(async rows => rows ?? (await read("information_schema.PROCESSLIST")));
  try {
    const rows = await within(Math.min(LONGEST_READ_MS, ms), reading, late);
    if (!rows) return undefined;
    const ids = (some: readonly Row[]) => new Set(some.map(({ id }) => Number(id)));
    return { all: ids(rows), idle: ids(rows.filter(({ idle }) => Number(idle) === 1)) };
  } catch (error) {
    if (error instanceof DatabaseUnreachableError || error instanceof DatabaseError) return undefined;
    throw error;
  }
}
