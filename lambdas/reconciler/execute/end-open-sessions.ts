import type { AccountId } from "../../../core/mysql";
import type { LockedSession } from "../mysql/cluster-lock";
import { endSessions } from "../mysql/end-sessions";
import type { Observation } from "../mysql/observe";
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

/** Ends sessions of some accounts, and of those that are locked or gone. @throws RunFailedError */
export async function endOpenSessions(
  run: SessionsRun,
  accounts: readonly AccountId[],
): Promise<Partial<RunReport>> {
  const { call, entry, observation, session } = run;
  const { deadline, services } = call;
  const elsewhere = endElsewhere(run, accounts);
  // It is awaited below; the writer's failure must not make it an unhandled one.
  elsewhere.catch(() => {});
  const { another } = session;
  const reading = { prefix: entry.prefix, another, deadline };
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
  const all = ended + (others?.ended ?? 0);
  if (all > 0) services.log.info("sessions ended", { cluster: entry.cluster, ended: all });
  return { ...report, sessionsEnded: all, instances: others };
}

async function endElsewhere(
  run: SessionsRun,
  accounts: readonly AccountId[],
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
  return endOnInstances(run, accounts, before);
}
