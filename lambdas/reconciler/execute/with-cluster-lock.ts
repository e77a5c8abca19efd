import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { within } from "../../runtime/deadline";
import {
  endLostConnection,
  type KilledHolder,
  type LockedSession,
  releaseClusterLock,
  takeClusterLock,
} from "../mysql/cluster-lock";
import { onServerOf } from "../mysql/session/same-server";
import { outOfReach } from "../runtime/errors";
import { type Call, CONNECT_TIMEOUT_MS, connectTimeout } from "../services/services";
import type { AuditSubject } from "./audit-run";
import { boundedSession } from "./bounded-session";

/** How long it may take to connect once more, to end what a lost connection left on the server. */
const RECONNECT_MS = 2_500;

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
  const late = () =>
    outOfReach(`${cluster}: ${host}:${port} did not answer before the function's time was up`);
  const connected = await connect(entry, { bulkRead: false, timeoutMs, callMs: call.deadline.left() });
  const anotherWithin = async (timeoutMs: number) =>
    onServerOf(connected, await connect(entry, { bulkRead: false, timeoutMs }), cluster);
  const another = () => anotherWithin(Math.min(CONNECT_TIMEOUT_MS, call.deadline.leftToLook()));
  const { bounded, ended } = boundedSession(connected, {
    boundMs: () => call.deadline.leftToLook(),
    late,
    endLost: async () => {
      const other = await anotherWithin(RECONNECT_MS);
      await endLostConnection(other, { id: connected.id, lockName: name }).finally(() => other.destroy());
    },
  });
  const session: LockedSession = { ...bounded, lockName: name, another };
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
    await within(2_000, releaseClusterLock(session), late).then(
      () => session.close(),
      () => {},
    );
    return result;
  } finally {
    session.destroy();
    await ended();
  }
}
