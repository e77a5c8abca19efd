import type { AccountId } from "../../../core/mysql";
import { type OpenSession, shutOutSessions } from "../../../core/mysql/shut-out-sessions";
import type { ManagedNames } from "../../../core/roster/managed-names";
import { pause } from "../../runtime/deadline";
import { DatabaseError } from "../runtime/errors";
import { killConnection } from "./kill-connection";
import type { MySqlSession } from "./mysql-session";
import { endGently, keepingSessions, type NarrowedUsers } from "./narrowing/end-gently";
import { loginAccounts, openSessions, type SessionReading } from "./open-sessions";

/** A session that the server refuses to end. */
export interface RemainingSession extends OpenSession {
  readonly reason: string;
}

export interface EndedSessions {
  /** How many sessions were ended. */
  readonly ended: number;
  readonly remaining: readonly RemainingSession[];
  /** Whether the server did not list all of its sessions, so that some may stay open. */
  readonly unread: boolean;
}

/** How long a run looks again for sessions that it has ended, or that came back. */
const LOOK_AGAIN_MS = 3_000;
const LOOK_PAUSE_MS = 50;

export interface SessionEnding extends SessionReading {
  /** Which accounts are managed. */
  readonly names: ManagedNames;
  /** The connection to the writer, which knows who is locked or gone. @default - the same connection */
  readonly writer?: MySqlSession;
  /**
   * Services among the accounts that only have less than before. Only their sessions end that go on with what
   * was taken, and not in the middle of their work: see `endGently`.
   * @default - none
   */
  readonly services?: NarrowedUsers;
  /** The longest wait for these, in ms. @default GRACE_MS */
  readonly graceMs?: number;
}

/**
 * Ends the open sessions of some accounts on this server, because sessions outlive DROP USER, ACCOUNT LOCK
 * and many REVOKEs. Also ends those of managed accounts that are locked or gone: a login that began
 * before the account was locked can finish after it, with all that the account held.
 *
 * The list may come from the ledger. So only sessions end whose accounts are managed, and never the
 * server's own or the administrator's.
 *
 * A session that the server refuses to end does not spare the others. Looks again until none is left: what a
 * locked account opens meanwhile ends too. An account that only lost something may open new ones at once.
 */
export async function endSessions(
  session: MySqlSession,
  accounts: readonly AccountId[],
  { names, writer = session, services = new Map(), graceMs, ...reading }: SessionEnding,
): Promise<EndedSessions> {
  const ended = new Set<number>();
  const remaining = new Map<number, RemainingSession>();
  const end = async (one: OpenSession) => {
    const refusal = await refusalOf(killConnection(session, one.connection));
    if (refusal === undefined) ended.add(one.connection);
    else remaining.set(one.connection, { ...one, reason: refusal });
  };
  let users = new Set(accounts.map(({ user }) => user).filter(user => !services.has(user)));
  let found: readonly OpenSession[] | undefined;
  for (const until = performance.now() + LOOK_AGAIN_MS; ; await pause(LOOK_PAUSE_MS)) {
    const { sessions, unread } = await openSessions(session, names, reading);
    found ??= sessions;
    const open = sessions.filter(({ connection }) => !remaining.has(connection));
    const named = ({ connection, user }: OpenSession) => users.has(user) || ended.has(connection);
    const shutOut = await shutOutOf(
      writer,
      open.filter(one => !named(one)),
    );
    const toEnd = [...open.filter(named), ...shutOut];
    for (const one of toEnd.filter(({ connection }) => !ended.has(connection))) await end(one);
    users = new Set();
    if (toEnd.length > 0 && !unread && performance.now() <= until) continue;
    const left = found.filter(({ connection }) => !ended.has(connection) && !remaining.has(connection));
    const keeping = await keepingSessions(session, left, services);
    await endGently(keeping, { ...reading, graceMs }, end);
    return { ended: ended.size, remaining: [...remaining.values()], unread };
  }
}

/** Why the server refuses to end a session, if it does. */
const refusalOf = (killing: Promise<void>): Promise<string | undefined> =>
  killing.then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof DatabaseError) return error.message;
      throw error;
    },
  );

async function shutOutOf(session: MySqlSession, sessions: readonly OpenSession[]): Promise<OpenSession[]> {
  if (sessions.length === 0) return [];
  return shutOutSessions(sessions, await loginAccounts(session, sessions));
}
