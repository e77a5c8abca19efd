import { type AccountId, quoteText } from "../../../core/mysql";
import { hasPrefix, isSystemAccount } from "../../../core/roster/account-name";
import { DatabaseError } from "../runtime/errors";
import { killConnection } from "./kill-connection";
import type { MySqlSession } from "./mysql-session";

/** A session that the server refuses to end. */
export interface RemainingSession {
  readonly connection: number;
  readonly user: string;
  readonly reason: string;
}

export interface EndedSessions {
  /** How many sessions were ended. */
  readonly ended: number;
  readonly remaining: readonly RemainingSession[];
}

/**
 * Ends the open sessions of accounts on this server, because sessions outlive DROP USER, ACCOUNT LOCK and
 * many REVOKEs. Reads `information_schema`: `performance_schema.processlist` is empty if it is switched off.
 *
 * The list may come from the ledger. So this is the one place that decides whose sessions may end at all:
 * accounts with the prefix, and never the server's own or the administrator.
 *
 * A session that the server refuses to end does not spare the others.
 */
export async function endSessions(
  session: MySqlSession,
  accounts: readonly AccountId[],
  prefix: string,
): Promise<EndedSessions> {
  const managed = accounts
    .map(({ user }) => user)
    .filter(user => hasPrefix(prefix, user) && !isSystemAccount(user) && user !== session.user);
  if (managed.length === 0) return { ended: 0, remaining: [] };
  const users = [...new Set(managed)].map(quoteText).join(", ");
  const open = await session.query(
    "SELECT ID AS id, USER AS user FROM information_schema.PROCESSLIST " +
      `WHERE CAST(USER AS BINARY) IN (${users}) AND ID <> CONNECTION_ID()`,
  );
  const remaining: RemainingSession[] = [];
  for (const { id, user } of open) {
    const refusal = await killConnection(session, Number(id)).catch((error: unknown) => {
      if (error instanceof DatabaseError) return error;
      throw error;
    });
    if (refusal) remaining.push({ connection: Number(id), user: String(user), reason: refusal.message });
  }
  return { ended: open.length - remaining.length, remaining };
}
