import type { AccountId } from "../../../core/mysql";
import type { LockedSession } from "../mysql/cluster-lock";
import { endSessions } from "../mysql/end-sessions";
import { keepingSessions, type NarrowedUsers } from "../mysql/narrowing/end-gently";
import type { Observation } from "../mysql/observe";
import { openSessions } from "../mysql/open-sessions";
import { type EndedOnInstances, type EndingRun, endOnInstances } from "./end-on-instances";
import { type RunReport, reporting } from "./run-report";

/**
 * When a run ends sessions on the cluster's other servers, too: if it takes access (`taken`), or also if an
 * earlier run left some there (`left`), or in any case, as logins may have finished late (`all`). Else it
 * asks nobody for them.
 */
export type InstanceSweep = "taken" | "left" | "all";

export interface SessionsRun extends EndingRun {
  readonly session: LockedSession;
  readonly observation: Observation;
  readonly instances: InstanceSweep;
}

/** A login counts as late only after this, whatever clocks and the server's own check of time say. */
const LOGIN_MARGIN_MS = 5_000;

/** Whose sessions a run ends. */
export interface SessionsToEnd {
  readonly accounts: readonly AccountId[];
  /** Services among them that only have less than before. */
  readonly services?: NarrowedUsers;
  /** Accounts that only have less than before, and whose sessions go on (`terminateSessions: false`). */
  readonly kept?: NarrowedUsers;
}

/** Ends sessions of some accounts, and of those that are locked or gone. @throws RunFailedError */
export async function endOpenSessions(run: SessionsRun, toEnd: SessionsToEnd): Promise<Partial<RunReport>> {
  const { call, entry, observation, session } = run;
  const { accounts, kept = new Map(), services: gentle = new Map() } = toEnd;
  const { deadline, services } = call;
  const elsewhere = endElsewhere(run, accounts, gentle);
  // It is awaited below; the writer's failure must not make it an unhandled one.
  elsewhere.catch(() => {});
  const { another } = session;
  const reading = { names: entry, services: gentle, another, deadline };
  const here = await endSessions(session, accounts, reading).catch(async (error: unknown) => {
    await elsewhere.catch(() => {});
    throw error;
  });
  const { ended, remaining, unread } = here;
  const lateAt = services.now().getTime() + observation.connectTimeoutMs + LOGIN_MARGIN_MS;
  const report = {
    sessionsEnded: ended,
    sessionsRemaining: remaining,
    sessionsUnread: unread,
    lateLoginsUntil: accounts.length > 0 || unread ? new Date(lateAt) : undefined,
  };
  const others = await reporting(report, () => elsewhere);
  const keeping = await reporting(report, () => countKept(run, kept));
  const all = ended + (others?.ended ?? 0);
  if (all > 0) services.log.info("sessions ended", { cluster: entry.cluster, ended: all });
  return { ...report, sessionsEnded: all, sessionsKept: keeping, instances: others };
}

/** How many open sessions on the writer go on with what was taken. Undefined: none may. */
async function countKept({ call, entry, session }: SessionsRun, kept: NarrowedUsers) {
  if (kept.size === 0) return undefined;
  const { deadline } = call;
  const { sessions } = await openSessions(session, entry, { another: session.another, deadline });
  return (await keepingSessions(session, sessions, kept)).length;
}

async function endElsewhere(
  run: SessionsRun,
  accounts: readonly AccountId[],
  services: NarrowedUsers,
): Promise<EndedOnInstances | undefined> {
  const { call, entry, instances } = run;
  if (accounts.length === 0 && instances === "taken") return undefined;
  const { instanceSessions } = call.services;
  const before = await instanceSessions.read(entry.cluster);
  if (entry.endSessionsOn === "writer") {
    // What earlier runs left there is not looked after any more.
    await instanceSessions.write(entry.cluster, { known: [], left: new Map() });
    return undefined;
  }
  if (accounts.length === 0 && instances === "left" && before.left.size === 0) return undefined;
  return endOnInstances({ ...run, services }, accounts, before);
}
