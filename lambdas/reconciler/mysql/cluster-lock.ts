import { quoteText } from "../../../core/mysql";
import { type Deadline, pause } from "../../runtime/deadline";
import { sha256Hex } from "../../runtime/hash";
import { ClusterLockedError, DatabaseError, LockTimeoutError } from "../runtime/errors";
import type { MySqlSession } from "./mysql-session";

/** The longest name that GET_LOCK accepts. */
const MAX_NAME = 64;
/** A killed run leaves its connection behind, which the server ends after 60 s (`wait_timeout`). */
const LONGEST_WAIT_MS = 75_000;
const MAX_KILLS = 20;

/** The name of the cluster's lock on its writer. */
export function lockName(cluster: string): string {
  const name = `aurora-users/${cluster}`;
  return name.length <= MAX_NAME ? name : `aurora-users/${sha256Hex(cluster).slice(0, 32)}`;
}

/** A connection of another account that held the cluster's lock. */
export interface KilledHolder {
  readonly connection: number;
  readonly user: string;
  readonly host: string;
}

/**
 * Takes the cluster's lock on its writer, so that one run works at a time. MySQL lets any account hold any
 * lock: a connection of another account that holds it is killed. A connection of ours is another run, whose
 * end is awaited.
 * @param killed is called before a connection is killed
 * @throws ClusterLockedError when the lock is not released in time
 */
export async function takeClusterLock(
  session: MySqlSession,
  cluster: string,
  deadline: Deadline,
  killed: (holder: KilledHolder) => Promise<void>,
): Promise<void> {
  const name = quoteText(lockName(cluster));
  const until = Date.now() + Math.min(LONGEST_WAIT_MS, deadline.left());
  let last = "nobody";
  for (let kills = 0; ; ) {
    const [taken] = await session.query(`SELECT GET_LOCK(${name}, 1) AS taken`);
    if (Number(taken!["taken"]) === 1) return;
    const [row] = await session.query(
      `SELECT ID AS id, USER AS user, HOST AS host FROM information_schema.PROCESSLIST WHERE ID = IS_USED_LOCK(${name})`,
    );
    if (row && row["user"] !== session.user) {
      const { id, user, host } = row;
      const holder: KilledHolder = { connection: Number(id), user: String(user), host: String(host) };
      if (++kills > MAX_KILLS)
        throw new LockTimeoutError(
          `${cluster}: the account ${holder.user} took the cluster's lock ${MAX_KILLS} times. Nothing ran. ` +
            "Stop that program, then run again.",
        );
      await killed(holder);
      await kill(session, holder.connection);
    }
    if (row) last = `connection ${row["id"]} of ${row["user"]} from ${row["host"]}`;
    if (Date.now() > until)
      throw new LockTimeoutError(
        `${cluster}: another run holds the cluster's lock (${last}). Nothing ran. ` +
          "Run again when that run has ended.",
      );
    if (!row) await pause(50);
  }
}

/** Fails when this connection no longer holds the lock, as after a reconnect or a failover. */
export async function assertClusterLock(session: MySqlSession, cluster: string): Promise<void> {
  const [row] = await session.query(
    `SELECT IS_USED_LOCK(${quoteText(lockName(cluster))}) = CONNECTION_ID() AS held, CONNECTION_ID() AS id`,
  );
  if (Number(row?.["held"]) !== 1 || Number(row?.["id"]) !== session.id)
    throw new ClusterLockedError(`${cluster}: the cluster's lock was lost. Apply again.`);
}

export async function releaseClusterLock(session: MySqlSession, cluster: string): Promise<void> {
  await session.query(`SELECT RELEASE_LOCK(${quoteText(lockName(cluster))})`);
}

/** Ends a connection, if it still exists. */
export async function kill(session: MySqlSession, connection: number): Promise<void> {
  try {
    await session.query(`KILL CONNECTION ${connection}`);
  } catch (error) {
    const gone = error instanceof DatabaseError && error.number === 1094;
    if (!gone) throw error;
  }
}
