import type { MySqlSession } from "../mysql/mysql-session";
import { DatabaseError } from "../runtime/errors";

/** Who has logged in since the server started. */
export interface UsedAccounts {
  /** User names, without hosts: the server counts by the hosts that clients have. */
  readonly users: readonly string[];
  /** For how many whole days the server has been running. */
  readonly days: number;
}

/**
 * The user names of all who have logged in to this server since it started.
 * @returns undefined if `performance_schema` is switched off or has lost some, or the administrator may not
 * read it
 */
export async function usedAccounts(session: MySqlSession): Promise<UsedAccounts | undefined> {
  try {
    const rows = await session.query(
      "SELECT DISTINCT USER AS user FROM performance_schema.accounts WHERE USER IS NOT NULL ORDER BY USER",
    );
    const [lost] = await session.query("SHOW GLOBAL STATUS LIKE 'Performance_schema_accounts_lost'");
    const [uptime] = await session.query("SHOW GLOBAL STATUS LIKE 'Uptime'");
    const users = rows.map(({ user }) => String(user));
    if (!users.includes(session.user) || Number(lost?.["Value"]) !== 0) return undefined;
    return { users, days: Math.floor(Number(uptime?.["Value"]) / 86_400) };
  } catch (error) {
    if (error instanceof DatabaseError) return undefined;
    throw error;
  }
}
