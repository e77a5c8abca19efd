import { ServerChangedError } from "../../runtime/errors";
import type { MySqlSession } from "../mysql-session";

/** On Aurora the name of the instance counts, too. SHOW knows no error for a variable that does not exist. */
const WHICH_SERVER = "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('aurora_server_id', 'server_uuid')";

/** Which server answers on a connection now. */
export async function serverOf(session: Pick<MySqlSession, "query">): Promise<string> {
  const rows = await session.query(WHICH_SERVER);
  return rows.map(row => String(row["Value"])).join(" ");
}

/**
 * The numbers of connections, locks and sessions are those of one server. So a run takes no answer of another
 * one, as the endpoint gives after a failover.
 * @throws ServerChangedError, and closes the session
 */
export function onServerOf(first: MySqlSession, session: MySqlSession, cluster: string): MySqlSession {
  if (session.server === first.server) return session;
  session.destroy();
  throw serverChanged(cluster, first.server, session.server);
}

export const serverChanged = (cluster: string, before: string, now: string): ServerChangedError =>
  new ServerChangedError(
    `${cluster}: the run began on the server ${before}, and ${now} answers now: a failover, or a proxy that ` +
      "changes servers. Register the cluster's own writer endpoint, not that of a proxy, and run again.",
  );
