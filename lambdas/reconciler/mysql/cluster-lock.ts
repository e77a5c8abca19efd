import { quoteText } from "../../../core/mysql";
import { type Deadline, pause } from "../../runtime/deadline";
import { sha256Hex } from "../../runtime/hash";
import { ClusterLockedError, LockTimeoutError } from "../runtime/errors";
import { killConnection } from "./kill-connection";
import type { MySqlSession, Row } from "./mysql-session";

/** The longest name that GET_LOCK accepts. */
const MAX_NAME = 64;
/** A killed run leaves its connection behind, which the server ends after 60 s (`wait_timeout`). */
const LONGEST_WAIT_MS = 75_000;
const MAX_KILLS = 20;

/** A connection that holds the cluster's lock. */
export interface LockedSession extends MySqlSession {
  /** The name of the lock, which no database account knows. */
  readonly lockName: string;
  /** Opens one more connection, without the lock. */
  readonly another: () => Promise<MySqlSession>;
}

/** The lock's name in earlier releases. Any account can hold a lock of this name, and wait for it. */
export function earlierLockName(cluster: string): string {
  const name = `aurora-users/${cluster}`;
  return name.length <= MAX_NAME ? name : `aurora-users/${sha256Hex(cluster).slice(0, 32)}`;
}

/** A connection of another account that held the cluster's lock. */
export interface KilledHolder {
  readonly connection: number;
  readonly user: string;
  readonly host: string;
}

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
export async function takeClusterLock(session: MySqlSession, request: LockRequest): Promise<void> {
  const { cluster, deadline, killed, name, waitMs = LONGEST_WAIT_MS } = request;
  const until = Date.now() + Math.min(waitMs, deadline.left());
  let last: Row | undefined;
  for (let kills = 0; ; ) {
    const row = await tryLock(session, name, 1);
    if (row === "taken") break;
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
  await awaitEarlierRelease(session, cluster, until);
}

/** Waits for a run of an earlier release. What another account does with that name does not matter. */
async function awaitEarlierRelease(session: MySqlSession, cluster: string, until: number): Promise<void> {
  for (;;) {
    const row = await tryLock(session, earlierLockName(cluster), 0);
    if (row === "taken" || (row && row["user"] !== session.user)) return;
    if (Date.now() > until) throw heldByAnotherRun(cluster, row);
    await pause(200);
  }
}

/** @returns "taken", or else the connection that holds the lock, if there is one now */
async function tryLock(
  session: MySqlSession,
  lock: string,
  seconds: number,
): Promise<"taken" | Row | undefined> {
  const name = quoteText(lock);
  const [answer] = await session.query(`SELECT GET_LOCK(${name}, ${seconds}) AS taken`);
  if (Number(answer!["taken"]) === 1) return "taken";
  const [row] = await session.query(
    `SELECT ID AS id, USER AS user, HOST AS host FROM information_schema.PROCESSLIST WHERE ID = IS_USED_LOCK(${name})`,
  );
  return row;
}

function heldByAnotherRun(cluster: string, row: Row | undefined): LockTimeoutError {
  const holder = row ? `connection ${row["id"]} of ${row["user"]} from ${row["host"]}` : "nobody";
  return new LockTimeoutError(
    `${cluster}: another run holds the cluster's lock (${holder}). Nothing ran. ` +
      "Run again when that run has ended.",
  );
}

/** Fails when this connection no longer holds the lock, as after a reconnect or a failover. */
export async function assertClusterLock(session: LockedSession, cluster: string): Promise<void> {
  const [row] = await session.query(
    `SELECT IS_USED_LOCK(${quoteText(session.lockName)}) = CONNECTION_ID() AS held, CONNECTION_ID() AS id`,
  );
  if (Number(row?.["held"]) !== 1 || Number(row?.["id"]) !== session.id)
    throw new ClusterLockedError(`${cluster}: the cluster's lock was lost. Apply again.`);
}

export async function releaseClusterLock(session: LockedSession): Promise<void> {
  await session.query("SELECT RELEASE_ALL_LOCKS()");
}
