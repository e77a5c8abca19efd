import { quoteText } from "../../../core/mysql";
import { type Deadline, pause, within } from "../../runtime/deadline";
import {
  ClusterLockedError,
  DatabaseError,
  DatabaseUnreachableError,
  LockTimeoutError,
} from "../runtime/errors";
import { killConnection } from "./kill-connection";
import type { MySqlSession, Row } from "./mysql-session";
import { serverChanged, serverOf } from "./session/same-server";

/** A killed run leaves its connection behind, which the server ends after 60 s (`wait_timeout`). */
const LONGEST_WAIT_MS = 75_000;
const MAX_KILLS = 20;
/** The longest wait for the server to say who holds a lock. */
const LONGEST_READ_MS = 2_000;

/** A connection that holds the cluster's lock. */
export interface LockedSession extends MySqlSession {
  /** The name of the lock, which no database account knows. */
  readonly lockName: string;
  /** Opens one more connection to the same server, without the lock. */
  readonly another: () => Promise<MySqlSession>;
}

/** A connection of another account that held the cluster's lock. */
export interface KilledHolder {
  readonly connection: number;
  readonly user: string;
  readonly host: string;
}

/** A connection that can take the lock. */
type LockingSession = MySqlSession & Pick<LockedSession, "another">;

/** What `takeClusterLock` needs in addition to the connection. */
export interface LockRequest {
  readonly cluster: string;
  /** The lock's name, which no database account knows. */
  readonly name: string;
  readonly deadline: Deadline;
  /** The longest wait for another run, in milliseconds (default 75,000). */
  readonly waitMs?: number | undefined;
  /** Is called before a connection is killed. */
  readonly killed: (holder: KilledHolder) => Promise<void>;
}

/**
 * Takes the cluster's lock on its writer, so that one run works at a time. A connection of ours that holds it
 * is another run, whose end is awaited. A connection of another account got to know the name, and is killed.
 * @throws ClusterLockedError when the lock is not released in time
 */
export async function takeClusterLock(session: LockingSession, request: LockRequest): Promise<void> {
  const { cluster, deadline, killed, name, waitMs = LONGEST_WAIT_MS } = request;
  const until = Date.now() + Math.min(waitMs, deadline.left());
  let last: Row | undefined;
  for (let kills = 0; ; ) {
    if (await tryLock(session, name)) return;
    const row = await holderOf(session, name);
    if (row && row["user"] !== session.user) {
      const { id, user, host } = row;
      const holder: KilledHolder = { connection: Number(id), user: String(user), host: String(host) };
      if (++kills > MAX_KILLS)
        throw new LockTimeoutError(
          `${cluster}: the account ${holder.user} took the cluster's lock ${MAX_KILLS} times. Nothing ran. ` +
            "Stop that program, then run again.",
        );
      await killed(holder);
      await killConnection(session, holder.connection);
    }
    last = row ?? last;
    if (Date.now() > until) throw heldByAnotherRun(cluster, last);
    if (!row) await pause(50);
  }
}

/** Waits for the lock for a second. */
async function tryLock(session: MySqlSession, name: string): Promise<boolean> {
  const [answer] = await session.query(`SELECT GET_LOCK(${quoteText(name)}, 1) AS taken`);
  return Number(answer!["taken"]) === 1;
}

/**
 * The connection that holds the lock. MySQL 8.0 does not answer a query on `information_schema.PROCESSLIST`
 * while anybody's login is unfinished, so the run's own connection does not ask there.
 * @returns undefined if there is none now, or the server does not say
 */
async function holderOf(session: LockingSession, name: string): Promise<Row | undefined> {
  const sql = (table: string) =>
    `SELECT ID AS id, USER AS user, HOST AS host FROM ${table} WHERE ID = IS_USED_LOCK(${quoteText(name)})`;
  const [known] = await session.query(sql("performance_schema.processlist")).catch((error: unknown) => {
    if (error instanceof DatabaseError) return [];
    throw error;
  });
  if (known) return known;
  const other = await session.another().catch(() => undefined);
  if (!other) return undefined;
  try {
    const late = () => new DatabaseUnreachableError("the server does not say who holds the lock");
    const [row] = await within(LONGEST_READ_MS, other.query(sql("information_schema.PROCESSLIST")), late);
    return row;
  } catch (error) {
    if (error instanceof DatabaseUnreachableError) return undefined;
    throw error;
  } finally {
    other.destroy();
  }
}

function heldByAnotherRun(cluster: string, row: Row | undefined): LockTimeoutError {
  const holder = row ? `connection ${row["id"]} of ${row["user"]} from ${row["host"]}` : "nobody";
  return new LockTimeoutError(
    `${cluster}: another run holds the cluster's lock (${holder}). Nothing ran. ` +
      "Run again when that run has ended.",
  );
}

/**
 * Fails when this connection no longer holds the lock, or another server answers on it, as after a reconnect
 * or a failover.
 */
export async function assertClusterLock(session: LockedSession, cluster: string): Promise<void> {
  const server = await serverOf(session);
  if (server !== session.server) throw serverChanged(cluster, session.server, server);
  const [row] = await session.query(
    `SELECT IS_USED_LOCK(${quoteText(session.lockName)}) = CONNECTION_ID() AS held, CONNECTION_ID() AS id`,
  );
  if (Number(row?.["held"]) !== 1 || Number(row?.["id"]) !== session.id)
    throw new ClusterLockedError(`${cluster}: the cluster's lock was lost. Apply again.`);
}

export async function releaseClusterLock(session: LockedSession): Promise<void> {
  await session.query("SELECT RELEASE_ALL_LOCKS()");
}

/** How long a run waits for the server to end its connection. */
const END_WAIT_MS = 1_000;

/**
 * Ends a run's connection that did not answer, with the statement that may still run on it: the server does
 * not see that a client has gone while a statement waits. The connection of that number is the run's as long
 * as it holds the lock.
 * @param session another connection to the same server
 */
export async function endLostConnection(
  session: MySqlSession,
  lost: Pick<LockedSession, "id" | "lockName">,
): Promise<void> {
  const isThere = async () => {
    const [row] = await session.query(`SELECT IS_USED_LOCK(${quoteText(lost.lockName)}) AS holder`);
    return Number(row?.["holder"]) === lost.id;
  };
  if (!(await isThere())) return;
  await killConnection(session, lost.id);
  for (const until = performance.now() + END_WAIT_MS; performance.now() < until && (await isThere()); )
    await pause(50);
}
