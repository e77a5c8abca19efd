import { type AccountId, quoteText } from "../../../core/mysql";
import { kill } from "./cluster-lock";
import type { MySqlSession } from "./mysql-session";

/**
 * Ends the open sessions of accounts on this server: they outlive DROP USER and ACCOUNT LOCK, and much that was revoked.
 * `performance_schema.processlist` is empty where it is switched off, hence `information_schema`.
 *
 * @returns how many
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
