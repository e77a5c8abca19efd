import type { EnforceResponse } from "../../../core/contract/enforcement";
import { decideEnforcement } from "../../../core/decisions/decide-enforcement";
import { enforcementOutcome } from "../../../core/decisions/enforcement-outcome";
import { managedHosts, managedUsers } from "../../../core/decisions/rosters-in-effect";
import { withinRules } from "../../../core/decisions/rules/within-rules";
import type { AccessError } from "../../../core/errors";
import type { AccessEvent } from "../../../core/events/events";
import { expiredAccounts, expiredElsewhere, type Statement } from "../../../core/mysql";
import { sentences } from "../../../core/name-some";
import { EMPTY_ROSTER, type Roster } from "../../../core/roster/roster";
import { reviewSecrets } from "../execute/review-secrets";
import { notGone, type RunResult } from "../execute/run-plan";
import { executedStatements, isForNextRun, type RunReport, ranCount, reporting } from "../execute/run-report";
import { instancesRemain, sessionsRemain } from "../execute/sessions-remain";
import { watchHolders } from "../execute/watch-holders";
import { withClusterLock } from "../execute/with-cluster-lock";
import { clockDifference } from "../mysql/clock-difference";
import { type Observation, observe } from "../mysql/observe";
import { AccountsLeftOutError, AuditError, NotReachedError, RosterRefusedError } from "../runtime/errors";
import type { EnforcementRecord } from "../store/enforcement-records";
import type { LedgerState } from "../store/ledger";
import { describeRun, markedAccounts } from "./describe-run";
import { distrustReason, uncertainReason, worstUnproven } from "./distrust";
import {
  type EnforcementRun,
  enforcementSubject,
  type InspectedCluster,
  type LockedEnforcement,
} from "./enforcement-run";
import { type EnforcementIntent, runEnforcement } from "./enforcement-steps";
import { reportLeftOut } from "./report-left-out";

/** The outcome of a run on a cluster. */
export interface Enforced {
  /** Undefined if the last hook went while the run waited for the lock. */
  readonly report: RunReport | undefined;
  readonly isAudited: boolean;
  readonly events: readonly AccessEvent[];
  /** The roster in effect, sources included. */
  readonly roster: Roster;
  readonly message: string;
  /** Why the run counts as failed, although it did what it could. */
  readonly unfinished: AccessError | undefined;
  /** The sources that name accounts which cannot be as they say. */
  readonly failedSources: readonly string[];
  /** See the response. */
  readonly offboarded?: EnforceResponse["offboarded"];
  readonly stillLocked?: EnforceResponse["stillLocked"];
}

/** The last hook went while the run waited for the lock. */
const LET_GO: Enforced = {
  report: undefined,
  isAudited: true,
  events: [],
  roster: EMPTY_ROSTER,
  message: "nothing is managed here any more",
  unfinished: undefined,
  failedSources: [],
};

/**
 * Enforces under the cluster's lock, so that two runs at once do it once.
 * @throws RunFailedError, AccessError
 */
export async function enforceCluster(staleRun: EnforcementRun): Promise<Enforced> {
  const { call, entry, run } = staleRun;
  const { enforcement, ledger } = call.services;
  const subject = enforcementSubject(staleRun);
  return withClusterLock({ call, entry, subject }, async session => {
    // Another run may have written both since they were read.
    const record = await enforcement.read(run.cluster);
    const state = await ledger.state(run.cluster);
    if (state.head.released !== undefined) return LET_GO;
    const { head } = state;
    const isProven = head.unproven === undefined;
    return enforceUnderLock({ ...staleRun, head, record, isProven, session, subject }, state);
  });
}

async function enforceUnderLock(enforcement: LockedEnforcement, state: LedgerState): Promise<Enforced> {
  const { call, entry, run, session } = enforcement;
  const { now, sources } = call.services;
  const versions = [state.target, state.applied].map(version => version?.roster);
  const observation = await observe(session, entry, { rosters: versions });
  const difference = await clockDifference(session, now);
  return reporting({ clockDifference: difference }, async () => {
    const states = withinRules(await sources.ledger.states(run.cluster, entry), versions, {
      cluster: run.cluster,
      now: run.at,
    });
    const { passwords } = state;
    await reviewSecrets(call.services, { entry, roster: state.target?.roster, passwords });
    const { lastSuccess } = enforcement.record;
    const decision = decideEnforcement({ entry, state, states, observation, now: run.at, lastSuccess });
    const managed = managedUsers(state, states, decision.enforceable.roster);
    const unproven = worstUnproven(state, states);
    const isManagedHost = managedHosts(state, decision.enforceable.roster);
    const uncertain = uncertainReason(run.cluster, state.offboarded);
    const inspected = { ...decision, states, managed, isManagedHost, passwords, uncertain, unproven };
    await claimAccounts(enforcement, inspected);
    const result = await runEnforcement(enforcement, inspected, observation);
    const report = { ...result.report, clockDifference: difference };
    return reporting(report, () => concludeRun(enforcement, inspected, { ...result, report }));
  });
}

/** Makes accounts the sources' own, before the run creates them. */
async function claimAccounts({ call, run }: LockedEnforcement, inspected: InspectedCluster): Promise<void> {
  const { enforceable, sourceProblems, states } = inspected;
  const except = new Set([...sourceProblems.keys(), ...enforceable.unresolved]);
  await call.services.sources.ledger.claim(run.cluster, states, except, run.at);
}

/** Settles the sources, and writes events and the record of the run to the ledger. */
async function concludeRun(
  enforcement: LockedEnforcement,
  inspected: InspectedCluster,
  result: RunResult<EnforcementIntent>,
): Promise<Enforced> {
  const { call, entry, head, run } = enforcement;
  const { outbox, sources, enforcement: records } = call.services;
  const { enforceable, isManagedHost, managed, sourceProblems, states } = inspected;
  const { roster } = enforceable;
  const { after, intent, isAudited, report } = result;
  const { unfinished, unresolved } = undone(run.cluster, inspected, result);
  const present = states.filter(({ withdrawn }) => !withdrawn);
  const failedSources = await reportLeftOut(call, run, { sourceProblems, states: present });
  const existing = new Set(after.observed.accounts.map(({ user }) => user));
  const exists = (account: string) => existing.has(account);
  await sources.ledger.settle(run.cluster, present, { unresolved, exists, at: run.at });

  const goesOn = expiredElsewhere(roster, after.observed, run.at);
  const { drift, driftFingerprint, ...outcome } = enforcementOutcome({
    run,
    entry,
    record: enforcement.record,
    decision: inspected,
    statements: (intent?.plan ?? enforceable.plan).statements,
    ...executedStatements(report),
    unresolved,
    holdsExpired: expiredAccounts(roster, after.observed, run.at),
    goesOn,
  });
  const { open, failure, ...kept } = intent?.record ?? enforcement.record;
  const replaced = await enforcement.replaced;
  const success = unfinished
    ? { failure }
    : { lastSuccess: run.at.toISOString(), ...(replaced && { failure }) };
  const seen = { run, head, entry, roster, managed, isManagedHost };
  const watched = await watchHolders(call, seen, after.observed);
  const measured = { ...report, ...measures(enforceable, after), drift, newHolders: watched.unseen };
  const events = [...outcome.events, ...watched.events];
  const held = await outbox.items(run.cluster, run.id, events);
  const stays = stillOpen(open ?? { run: run.id, expired: [], sessions: [] }, report, after, goesOn);
  const record = { ...kept, ...success, open: stays, drift: driftFingerprint };
  await reporting(measured, () => records.write(run.cluster, record, held));
  const { failure: unwatched } = await watched.record();
  const message = describeRun(result, drift, goesOn, inspected.unproven);
  const reason = unfinished ?? unwatched;
  return {
    report: measured,
    isAudited,
    events,
    roster,
    message,
    unfinished: reason,
    failedSources,
    ...markedAccounts(enforceable, after.observed),
  };
}

/** What a run did not do, and for which accounts. */
function undone(
  cluster: string,
  { enforceable, leftOut, problems, sourceProblems, uncertain, unproven }: InspectedCluster,
  { after, isAudited, report }: RunResult<EnforcementIntent>,
) {
  const remaining = enforceable
    .planFor(after)
    .statements.filter(({ accounts, sql }) => !accounts.every(({ user }) => isForNextRun(sql, user, report)));
  const ofRun = remaining.filter(({ accounts }) => !accounts.every(({ user }) => sourceProblems.has(user)));
  const ran = ranCount(report);
  return {
    unfinished:
      distrustReason(cluster, unproven) ??
      uncertain ??
      unfinishedReason({ cluster, leftOut, problems, isAudited, ran, remaining: ofRun }) ??
      sessionsRemain(cluster, report) ??
      instancesRemain(cluster, report),
    unresolved: new Set([
      ...enforceable.unresolved,
      ...sourceProblems.keys(),
      ...remaining.flatMap(({ accounts }) => accounts.map(({ user }) => user)),
    ]),
  };
}

const measures = ({ drift, plan }: InspectedCluster["enforceable"], { observed }: Observation) => ({
  accounts: observed.accounts.length,
  notGone: notGone({ notGone: [...plan.notGone, ...drift.notGone] }),
  handsOn: plan.handsOn.length,
});

/**
 * The sessions that this run could not see or end, and the accounts whose access goes on after its end, for
 * the next run.
 */
function stillOpen(
  open: NonNullable<EnforcementRecord["open"]>,
  { sessionsRemaining, sessionsUnread }: RunReport,
  { observed }: Observation,
  goesOn: ReadonlySet<string>,
): EnforcementRecord["open"] {
  const isBlind = observed.lacks.some(({ privilege }) => privilege === "PROCESS");
  const users = new Set(sessionsRemaining.map(({ user }) => user));
  const sessions = open.sessions.filter(({ user }) => isBlind || sessionsUnread || users.has(user));
  return sessions.length + goesOn.size > 0 ? { ...open, expired: [...goesOn], sessions } : undefined;
}

/** What a run did not do. */
interface Unfinished {
  readonly cluster: string;
  readonly leftOut: InspectedCluster["leftOut"];
  readonly problems: InspectedCluster["problems"];
  readonly isAudited: boolean;
  readonly ran: number;
  readonly remaining: readonly Statement[];
}

/** Why the run must not count as done: something could not be done for every account. */
function unfinishedReason({ cluster, isAudited, leftOut, problems, ran, remaining }: Unfinished) {
  const named = sentences([...problems, ...leftOut.values()]);
  const reasons = `${cluster}: ${named} All other accounts were processed.`;
  if (problems.length > 0) return new RosterRefusedError(reasons);
  if (leftOut.size > 0) return new AccountsLeftOutError(reasons);
  if (remaining.length > 0 && isAudited)
    return new NotReachedError(
      cluster,
      ran,
      remaining.map(({ sql }) => sql),
      "The next run tries again.",
    );
  if (remaining.length > 0)
    return new AuditError(
      `${cluster}: the audit trail cannot be written, so only what takes access away ran. ` +
        "The next run does the rest.",
    );
  return undefined;
}
