import { DatabaseError } from "../runtime/errors";
import type { MySqlSession } from "./mysql-session";

/** The connection ended in the meantime. */
const GONE = 1094;
/** KILL needs CONNECTION_ADMIN, and SYSTEM_USER for a session whose account holds that. */
const NOT_OWNER = 1095;
/** The procedure does not exist, or the administrator may not call it. */
const NO_PROCEDURE = new Set([1305, 1370]);

/**
 * Ends a connection, if it still exists. Where KILL is refused, `mysql.rds_kill` ends it, which RDS has for
 * its administrators.
 * @throws DatabaseError if the server refuses both
 */
export async function killConnection(session: MySqlSession, connection: number): Promise<void> {
  const refusal = await refusalOf(session, `KILL CONNECTION ${connection}`);
  if (refusal?.number !== NOT_OWNER) {
    if (refusal) throw refusal;
    return;
  }
  const other = await refusalOf(session, `CALL mysql.rds_kill(${connection})`);
  if (other) throw NO_PROCEDURE.has(other.number) ? refusal : other;
}

/** @returns why the server refused, if it did and the connection may still exist */
async function refusalOf(session: MySqlSession, sql: string): Promise<DatabaseError | undefined> {
  try {
    await session.query(sql);
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    return error.number === GONE ? undefined : error;
  }
  return undefined;
}
