import { type AccountId, quoteText } from "../../../core/mysql";
import { hasPrefix, isSystemAccount } from "../../../core/roster/account-name";
import { kill } from "./cluster-lock";
import type { MySqlSession } from "./mysql-session";

/**
 * Ends the open sessions of accounts on this server, because sessions outlive DROP USER, ACCOUNT LOCK and
 * many REVOKEs. Reads `information_schema`: `performance_schema.processlist` is empty if it is switched off.
 *
 * The list may come from the ledger. So this is the one place that decides whose sessions may end at all:
 * accounts with the prefix, and never the server's own or the administrator.
 * @returns the number of sessions
 */
export async function endSessions(
  session: MySqlSession,
  accounts: readonly AccountId[],
  prefix: string,
): Promise<number> {
  const managed = accounts
    .map(({ user }) => user)
    .filter(user => hasPrefix(prefix, user) && !isSystemAccount(user) && user !== session.user);
  if (managed.length === 0) return 0;
  const users = [...new Set(managed)].map(quoteText).join(", ");
  const open = await session.query(
    `SELECT ID AS id FROM information_schema.PROCESSLIST WHERE CAST(USER AS BINARY) IN (${users}) AND ID <> CONNECTION_ID()`,
  );
  for (const { id } of open) await kill(session, Number(id));
  return open.length;
}
