import { groupBy } from "../../../core/group-by";
import { defined } from "../../../core/json";
import { quoteText } from "../../../core/mysql";
import { chosenFor, type LoginAccount, type OpenSession } from "../../../core/mysql/shut-out-sessions";
import { hasPrefix, isSystemAccount } from "../../../core/roster/account-name";
import { isManaged, type ManagedNames, namedAccounts } from "../../../core/roster/managed-names";
import { type RunDeadline, within } from "../../runtime/deadline";
import { DatabaseError, DatabaseUnreachableError } from "../runtime/errors";
import type { MySqlSession, Row } from "./mysql-session";
import { ownRows } from "./observe-queries";

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

/** The open sessions of managed accounts. */
export interface OpenSessions {
  readonly sessions: readonly OpenSession[];
  /** Whether the server did not list all of them in time. */
  readonly unread: boolean;
}

/**
 * The open sessions of managed accounts, without the server's own and the administrator's. An event that runs
 * counts as a session of its definer. An account that was taken over has sessions by the name that it had.
 *
 * MySQL 8.0 does not answer a query on `information_schema.PROCESSLIST` while anybody's login is unfinished
 * (measured on 8.0.31: 10 s for each login, and longer for one that sends single bytes). So the run's own
 * connection does not ask there, unless no other can be opened. Only that table names the definer of an event
 * that runs.
 */
export async function openSessions(
  session: MySqlSession,
  names: ManagedNames,
  reading: SessionReading,
): Promise<OpenSessions> {
  const { sessions, unread } = await readSessions(session, names, reading);
  const own = sessions.filter(({ user }) => !isSystemAccount(user) && user !== session.user);
  const others = new Set(namedAccounts(names).map(({ user }) => user));
  const named = own.filter(({ user }) => others.has(user));
  const ours = own.filter(({ user }) => hasPrefix(names.prefix, user));
  return { sessions: [...ours, ...(await withoutStrangers(session, names, named))], unread };
}

/**
 * The sessions without those of accounts that are not managed: of an account at another host, or of one that
 * is still to be taken over. Two accounts of a name differ by the address that a session comes from.
 */
async function withoutStrangers(
  session: MySqlSession,
  names: ManagedNames,
  sessions: readonly OpenSession[],
): Promise<OpenSession[]> {
  if (sessions.length === 0) return [];
  const accounts = groupBy(await loginAccounts(session, sessions), ({ user }) => user);
  return sessions.filter(({ client, user }) => {
    const account = chosenFor(client, accounts.get(user) ?? []);
    return account === undefined || isManaged(names, account);
  });
}

/** The accounts of the sessions' user names, at any host. */
export async function loginAccounts(
  session: MySqlSession,
  sessions: readonly OpenSession[],
): Promise<LoginAccount[]> {
  const users = [...new Set(sessions.map(({ user }) => user))].map(quoteText).join(", ");
  const rows = await session.query(
    `SELECT User AS user, Host AS host, account_locked AS locked FROM mysql.user WHERE User IN (${users})`,
  );
  return rows.map(({ host, locked, user }) => ({
    user: String(user),
    host: String(host),
    locked: locked === "Y",
  }));
}

async function readSessions(
  session: MySqlSession,
  names: ManagedNames,
  { another, deadline }: SessionReading,
): Promise<OpenSessions> {
  const begins = ownRows(names)("USER");
  const found = (rows: readonly Row[], unread = false) => ({ sessions: rows.map(sessionOf), unread });
  const known = await fromPerformanceSchema(session, begins);
  if (known && !known.some(isEvent)) return found(known);
  const sql = `${COLUMNS} FROM information_schema.PROCESSLIST WHERE ${begins}`;
  const other = await another().catch(() => undefined);
  if (!other) return known ? found(known, true) : found(await session.query(sql));
  try {
    const late = () => new DatabaseUnreachableError("the server does not list its sessions");
    const least = Math.min(LEAST_READ_MS, deadline.leftToLook());
    const limit = Math.min(LONGEST_READ_MS, Math.max(least, deadline.left() / 2));
    return found(await within(limit, other.query(sql), late));
  } catch (error) {
    if (error instanceof DatabaseUnreachableError) return found(known ?? [], true);
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

const sessionOf = ({ client, db, id, user }: Row): OpenSession => ({
  connection: Number(id),
  user: String(user),
  client: String(client),
  ...defined({ database: db === null || db === undefined ? undefined : String(db) }),
});

/** The longest wait of a plan for the server's list of sessions. */
const LONGEST_COUNT_MS = 2_000;

/**
 * How many sessions each of these accounts has open on this server, by user name, for a plan. After
 * that the connection may be of no use.
 * @returns undefined if the server does not say it soon
 */
export async function sessionCounts(
  session: MySqlSession,
  names: ManagedNames,
): Promise<ReadonlyMap<string, number> | undefined> {
  const begins = ownRows(names)("USER");
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
