import type { MySqlSession } from "./mysql-session";

/**
 * The difference between the server's clock and the function's, in seconds, to the precision of a round trip.
 * The function's clock decides when access ends. SYSDATE() is the server's own time, whatever a session's
 * `timestamp` says.
 */
export async function clockDifference(session: MySqlSession, now: () => Date): Promise<number> {
  const before = now().getTime();
  const [row] = await session.query("SELECT UNIX_TIMESTAMP(SYSDATE(6)) AS seconds");
  const after = now().getTime();
  const server = Number(row!["seconds"]) * 1000;
  const off = server < before ? before - server : server > after ? server - after : 0;
  return Math.round(off) / 1000;
}
