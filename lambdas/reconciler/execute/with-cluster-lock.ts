import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { within } from "../../runtime/deadline";
import {
  type KilledHolder,
  type LockedSession,
  releaseClusterLock,
  takeClusterLock,
} from "../mysql/cluster-lock";
import type { MySqlSession } from "../mysql/mysql-session";
import { outOfReach } from "../runtime/errors";
import { type Call, CONNECT_TIMEOUT_MS, connectTimeout } from "../services/services";
import type { AuditSubject } from "./audit-run";

/** The time that a query may take after the time for statements is up, to observe the result. */
const LEAST_QUERY_MS = 5_000;

/** A run that needs the cluster's lock. */
export interface LockedRun {
  readonly call: Call;
  readonly entry: RegistryEntry;
  readonly subject: AuditSubject;
  /** The longest that it waits for another run, in milliseconds (default 75,000). */
  readonly waitMs?: number;
}

/**
 * Connects to the cluster's writer and does `work` there under the cluster's lock, which one run holds at a
 * time.
 */
export async function withClusterLock<T>(
  { call, entry, subject, waitMs }: LockedRun,
  work: (session: LockedSession) => Promise<T>,
): Promise<T> {
  const { cluster, host, port } = entry;
  const { audit, connect, ledger, log, now } = call.services;
  const name = await ledger.lockName(cluster);
  const timeoutMs = Math.min(connectTimeout(entry), call.deadline.left());
  const late = () => outOfReach(`${cluster}: ${host}:${port} no longer answers`);
  const connected = await connect(entry, { bulkRead: false, timeoutMs });
  const bound = <R>(query: Promise<R>) => within(Math.max(LEAST_QUERY_MS, call.deadline.left()), query, late);
  const another = () => connect(entry, { bulkRead: false, timeoutMs: CONNECT_TIMEOUT_MS });
  const session: LockedSession = { ...bounded(connected, bound), lockName: name, another };
  let clean = false;
  try {
    const killed = async (holder: KilledHolder) => {
      log.error("lock held by another session", { cluster, user: holder.user });
      // The run goes on: a session that holds the lock must not keep access from ending. Each caller decides
      // later whether statements may run without the audit trail.
      await audit
        .append({ ...subject, kind: "lock-killed", when: now().toISOString(), holder: { ...holder } })
        .catch(error =>
          log.error("lock holder not in the audit trail", { ...holder, reason: (error as Error).message }),
        );
    };
    await takeClusterLock(session, { cluster, name, deadline: call.deadline, waitMs, killed });
    const result = await work(session);
    clean = true;
    await within(2_000, releaseClusterLock(session), late).catch(() => {});
    return result;
  } finally {
    if (clean) await session.close();
    else session.destroy();
  }
}

/** The session, with a bound on each query: a server that hangs must leave time to record the failure. */
const bounded = (session: MySqlSession, bound: <T>(query: Promise<T>) => Promise<T>): MySqlSession => ({
  id: session.id,
  user: session.user,
  query: sql => bound(session.query(sql)),
  queryAll: statements => bound(session.queryAll(statements)),
  close: () => session.close(),
  destroy: () => session.destroy(),
});
