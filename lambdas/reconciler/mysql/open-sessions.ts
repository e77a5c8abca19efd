import { groupBy } from "../../../core/group-by";
import { defined } from "../../../core/json";
import { quoteText } from "../../../core/mysql";
import type { OpenSession } from "../../../core/mysql/shut-out-sessions";
import { hasPrefix, isSystemAccount } from "../../../core/roster/account-name";
import { type RunDeadline, within } from "../../runtime/deadline";
import { DatabaseError, DatabaseUnreachableError } from "../runtime/errors";
import type { MySqlSession, Row } from "./mysql-session";

/** What reading open sessions needs in addition to the run's own connection. */
export interface SessionReading {
  /** Opens one more connection. */
  readonly another: () => Promise<MySqlSession>;
  readonly deadline: RunDeadline;
}

/** The longest wait for the server's list of sessions; never more than half of the run's own time. */
const LONGEST_READ_MS = 30_000;
/** The least time for it, when the time for statements is up. */
const LEAST_READ_MS = 5_000;

/** The open sessions of accounts with the prefix. */
export interface OpenSessions {
  readonly sessions: readonly OpenSession[];
  /** Whether the server did not list all of them in time. */
  readonly unread: boolean;
}

/**
 * The open sessions of accounts with the prefix, without the server's own and the administrator's. An event
 * that runs counts as a session of its definer.
 *
 * MySQL 8.0 does not answer a query on `information_schema.PROCESSLIST` while anybody's login is unfinished
 * (measured on 8.0.31: 10 s for each login, and longer for one that sends single bytes). So the run's own
 * connection does not ask there, unless no other can be opened. Only that table names the definer of an event
 * that runs.
 */
export async function openSessions(
  session: MySqlSession,
  prefix: string,
  { another, deadline }: SessionReading,
): Promise<OpenSessions> {
  const begins = beginsWith(prefix);
  const ofPrefix = (rows: readonly Row[], unread = false): OpenSessions => ({
    sessions: rows
      .map(sessionOf)
      .filter(({ user }) => hasPrefix(prefix, user) && !isSystemAccount(user) && user !== session.user),
    unread,
  });
  const known = await fromPerformanceSchema(session, begins);
  if (known && !known.some(isEvent)) return ofPrefix(known);
  const sql = `${COLUMNS} FROM information_schema.PROCESSLIST WHERE ${begins}`;
  const other = await another().catch(() => undefined);
  if (!other) return known ? ofPrefix(known, true) : ofPrefix(await session.query(sql));
  try {
    const late = () => new DatabaseUnreachableError("the server does not list its sessions");
    const least = Math.min(LEAST_READ_MS, deadline.leftToLook());
    const limit = Math.min(LONGEST_READ_MS, Math.max(least, deadline.left() / 2));
    return ofPrefix(await within(limit, other.query(sql), late));
  } catch (error) {
    if (error instanceof DatabaseUnreachableError) return ofPrefix(known ?? [], true);
    throw error;
  } finally {
    await other.close();
  }
}

/** How `performance_schema.processlist` shows an event that runs: as 8.0 and 9.7 do, with its database. */
const EVENT_USERS = ["event_scheduler", "system user"];
const isEvent = ({ user }: Row): boolean => EVENT_USERS.includes(String(user));
const IS_EVENT = `DB IS NOT NULL AND USER IN (${EVENT_USERS.map(quoteText).join(", ")})`;

const COLUMNS = "SELECT ID AS id, USER AS user, HOST AS client, DB AS db";

const beginsWith = (prefix: string): string =>
  `LEFT(USER, ${prefix.length + 1}) = CAST(${quoteText(`${prefix}_`)} AS BINARY)`;

const sessionOf = ({ client, db, id, user }: Row): OpenSession => ({
  connection: Number(id),
  user: String(user),
  client: String(client),
  ...defined({ database: db === null || db === undefined ? undefined : String(db) }),
});

/** The longest wait of a plan for the server's list of sessions. */
const LONGEST_COUNT_MS = 2_000;

/**
 * How many sessions each account with the prefix has open on this server, by user name, for a plan. After
 * that the connection may be of no use.
 * @returns undefined if the server does not say it soon
 */
export async function sessionCounts(
  session: MySqlSession,
  prefix: string,
): Promise<ReadonlyMap<string, number> | undefined> {
  const begins = beginsWith(prefix);
  const late = () => new DatabaseUnreachableError("the server does not list its sessions");
  const reading = fromPerformanceSchema(session, begins).then(
    rows => rows ?? session.query(`${COLUMNS} FROM information_schema.PROCESSLIST WHERE ${begins}`),
  );
  try {
    const rows = await within(LONGEST_COUNT_MS, reading, late);
    const users = rows.filter(row => !isEvent(row)).map(({ user }) => String(user));
    return new Map([...groupBy(users, user => user)].map(([user, all]) => [user, all.length]));
  } catch (error) {
    if (error instanceof DatabaseUnreachableError || error instanceof DatabaseError) return undefined;
    throw error;
  }
}

/**
 * The same, and events that run, from `performance_schema`, which does not wait for logins.
 * @returns undefined if it is switched off or incomplete, or the server does not have the table
 */
async function fromPerformanceSchema(
  session: MySqlSession,
  begins: string,
): Promise<readonly Row[] | undefined> {
  try {
    const rows = await session.query(
      `${COLUMNS} FROM performance_schema.processlist WHERE ID = CONNECTION_ID() OR ${begins} OR (${IS_EVENT})`,
    );
    const [lost] = await session.query("SHOW GLOBAL STATUS LIKE 'Performance_schema_thread_instances_lost'");
    const isComplete = rows.some(({ id }) => Number(id) === session.id) && Number(lost?.["Value"]) === 0;
    return isComplete ? rows : undefined;
  } catch (error) {
    if (error instanceof DatabaseError) return undefined;
    throw error;
  }
}
