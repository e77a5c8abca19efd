import { type AccountId, quoteText } from "../../../core/mysql";
import { kill } from "./cluster-lock";
import type { MySqlSession } from "./mysql-session";

/**
 * Ends the open sessions of accounts on this server, because sessions outlive DROP USER, ACCOUNT LOCK and
 * many REVOKEs. Reads `information_schema`: `performance_schema.processlist` is empty if it is switched off.
 * @returns the number of sessions
 */
export async function endSessions(session: MySqlSession, accounts: readonly AccountId[]): Promise<number> {
  if (accounts.length === 0) return 0;
  const users = [...new Set(accounts.map(account => account.user))].map(quoteText).join(", ");
  const open = await session.query(
    `SELECT ID AS id FROM information_schema.PROCESSLIST WHERE CAST(USER AS BINARY) IN (${users}) AND ID <> CONNECTION_ID()`,
  );
  for (const { id } of open) await kill(session, Number(id));
  return open.length;
}
