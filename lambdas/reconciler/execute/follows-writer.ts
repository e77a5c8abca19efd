import { quoteText } from "../../../core/mysql";
import { pause } from "../../runtime/deadline";
import { sha256Hex } from "../../runtime/hash";
import type { MySqlSession } from "../mysql/mysql-session";

/** The grant tables that a login reads, and their columns with the account's name. */
const TABLES = {
  user: "User",
  db: "User",
  tables_priv: "User",
  columns_priv: "User",
  procs_priv: "User",
  proxies_priv: "User",
  global_grants: "USER",
  role_edges: "TO_USER",
  default_roles: "USER",
} as const;
const PAUSE_MS = 100;

/**
 * Waits until a reader has what its writer has of some accounts. A session that is opened there before that
 * has the access that was taken.
 * @returns whether it has, in that time
 */
export async function followsWriter(
  reader: MySqlSession,
  writer: MySqlSession,
  users: readonly string[],
  waitMs: number,
): Promise<boolean> {
  if (users.length === 0) return true;
  for (const until = performance.now() + waitMs; ; await pause(PAUSE_MS)) {
    if ((await grantsOf(reader, users)) === (await grantsOf(writer, users))) return true;
    if (performance.now() > until) return false;
  }
}

async function grantsOf(session: MySqlSession, users: readonly string[]): Promise<string> {
  const names = users.map(quoteText).join(", ");
  const queries = Object.entries(TABLES).map(
    ([table, column]) => `SELECT * FROM mysql.${table} WHERE ${column} IN (${names})`,
  );
  const found = await session.queryAll(queries);
  return sha256Hex(JSON.stringify(found.map(rows => rows.map(row => JSON.stringify(row)).sort())));
}
