import { type AccountId, quoteText } from "../../../core/mysql";
import { type OpenSession, shutOutSessions } from "../../../core/mysql/shut-out-sessions";
import { DatabaseError } from "../runtime/errors";
import { killConnection } from "./kill-connection";
import type { MySqlSession } from "./mysql-session";
import { openSessions, type SessionReading } from "./open-sessions";

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

/**
 * Ends the open sessions of some accounts on this server, because sessions outlive DROP USER, ACCOUNT LOCK
 * and many REVOKEs. Also ends those of accounts with the prefix that are locked or gone: a login that began
 * before the account was locked can finish after it, with all that the account held.
 *
 * The list may come from the ledger. So only sessions end whose accounts have the prefix, and never the
 * server's own or the administrator's.
 *
 * A session that the server refuses to end does not spare the others.
 */
export async function endSessions(
  session: MySqlSession,
  accounts: readonly AccountId[],
  prefix: string,
  reading: SessionReading,
): Promise<EndedSessions> {
  const { sessions: open, unread } = await openSessions(session, prefix, reading);
  const users = new Set(accounts.map(({ user }) => user));
  const others = open.filter(({ user }) => !users.has(user));
  const shutOut = new Set(await shutOutOf(session, others));
  const toEnd = open.filter(one => users.has(one.user) || shutOut.has(one));
  const remaining: RemainingSession[] = [];
  for (const one of toEnd) {
    const refusal = await killConnection(session, one.connection).catch((error: unknown) => {
      if (error instanceof DatabaseError) return error;
      throw error;
    });
    if (refusal) remaining.push({ ...one, reason: refusal.message });
  }
  return { ended: toEnd.length - remaining.length, remaining, unread };
}

async function shutOutOf(session: MySqlSession, sessions: readonly OpenSession[]): Promise<OpenSession[]> {
  if (sessions.length === 0) return [];
  const users = [...new Set(sessions.map(({ user }) => user))].map(quoteText).join(", ");
  const rows = await session.query(
    `SELECT User AS user, Host AS host, account_locked AS locked FROM mysql.user WHERE User IN (${users})`,
  );
  const accounts = rows.map(({ host, locked, user }) => ({
    user: String(user),
    host: String(host),
    locked: locked === "Y",
  }));
  return shutOutSessions(sessions, accounts);
}
