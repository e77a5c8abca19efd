import { PROTOCOL } from "../../../core/contract/protocol";
import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { type ApplyEvents, applyEvents } from "../../../core/decisions/apply-events";
import { reviewedAt } from "../../../core/decisions/holders";
import { removalText } from "../../../core/decisions/preview-answer";
import { managedHosts, managedUsers } from "../../../core/decisions/rosters-in-effect";
import { type AccountId, quoteAccount } from "../../../core/mysql";
import { letGoNote } from "../../../core/mysql/named-accounts";
import { hasPrefix } from "../../../core/roster/account-name";
import { accountNames } from "../../../core/roster/roster";
import { recordIntent, recordResult } from "../execute/audit-run";
import { finishRun, holdEvents, moveSchedule } from "../execute/finish-run";
import { type Intent, type RunResult, runPlan } from "../execute/run-plan";
import {
  executedStatements,
  namedAccounts,
  type RunReport,
  ranCount,
  reporting,
} from "../execute/run-report";
import { instancesRemain, instancesUnknown, sessionsKept, sessionsRemain } from "../execute/sessions-remain";
import { sessionsToEnd } from "../execute/sessions-to-end";
import { watchHolders } from "../execute/watch-holders";
import { clockDifference } from "../mysql/clock-difference";
import { observe } from "../mysql/observe";
import { describeError } from "../runtime/errors";
import { commitApplied, writeTarget } from "./commit-roster";
import { declaredChange } from "./declared-change";
import { APPLY_AGAIN, eventRun, type HookResult, type LockedHookRun } from "./hook-run";
import { accountsLeftOut, type LeftOut } from "./left-out";
import { type ApplyPlan, planApply } from "./plan-apply";
import { recordReplacedCluster } from "./replaced-cluster";

/**
 * Observes, decides, makes the roster the target, runs the plan and commits it.
 * @throws RunFailedError, AccessError
 */
export async function applyUnderLock(hook: LockedHookRun): Promise<HookResult> {
  const { call, entry, request, session, subject } = hook;
  const { ledger, now, sources } = call.services;
  const rosters = [request.roster];
  const observation = await observe(session, entry, { rosters });
  const difference = await clockDifference(session, now);
  return reporting({ clockDifference: difference }, async () => {
    const found = await planApply(hook, observation);
    const earlier = await ledger.sessionsToEnd(request.cluster, found.state.head);
    const toEnd = sessionsToEnd(entry, { plan: found.plan, earlier, rosters, observation, now: found.now });
    const version = await writeTarget(hook, found, toEnd.accounts);
    await sources.ledger.claim(request.cluster, found.states, new Set(found.blocked.keys()), found.now);
    const run = eventRun(hook, found.now);
    const events = applyEvents({ ...found, run, entry, observed: observation.observed });
    const { cluster } = entry;
    const { plan } = found;
    const { about } = events;
    const holdEnded = async (report: RunReport) => {
      await holdEvents(run, events.ended(executedStatements(report)), call);
      if (report.lateLoginsUntil) await moveSchedule({ run, entry, roster: found.roster, report }, call);
    };
    const change = declaredChange(hook, found);
    /** What no intent says. */
    let unsaid: typeof change | undefined = change;
    let leftOut: LeftOut = { users: new Set(), error: undefined };
    const result = await runPlan<Intent>(
      {
        call,
        session,
        entry,
        instances: "taken",
        rosters,
        plan,
        passwords: found.state.passwords,
        sessions: earlier,
        observation,
        about,
        advice: APPLY_AGAIN,
      },
      {
        recordIntent: () => {
          unsaid = undefined;
          return recordIntent(call, subject, plan, { about, change });
        },
        executionFailed: holdEnded,
        recordResult: async (report, after) => {
          leftOut = accountsLeftOut(cluster, found, after.observed, report);
          const remain = sessionsRemain(cluster, report);
          const failure = leftOut.error ?? instancesRemain(cluster, report);
          const done = { ...report, change: unsaid };
          if (!remain) return recordResult(call, subject, done, failure && describeError(failure));
          await holdEnded(report);
          throw remain;
        },
      },
    );
    const report = { ...result.report, clockDifference: difference };
    return reporting(report, () => concludeApply(hook, { found, events, version, result, report, leftOut }));
  });
}

interface AppliedPlan {
  readonly found: ApplyPlan;
  readonly events: ApplyEvents;
  readonly version: string;
  readonly result: RunResult<Intent>;
  readonly report: RunReport;
  readonly leftOut: LeftOut;
}

/** Writes events, sources and the new version to the ledger, then does what follows every run. */
async function concludeApply(hook: LockedHookRun, applied: AppliedPlan): Promise<HookResult> {
  const { call, entry, id, request, subject } = hook;
  const { found, leftOut, report, result, version } = applied;
  const { cluster } = request;
  const { log, sources } = call.services;
  const { plan, previouslyReviewed, roster, state, states } = found;
  const { waiting } = plan;
  const run = eventRun(hook, found.now);
  const after = result.after.observed;
  const { accounts } = after;
  const events = applied.events.all(executedStatements(report), { waiting, leftOut: leftOut.users, after });

  const shownAt = reviewedAt(hook.body, state.head.gates.includes(request.gate));
  const managed = managedUsers(state, states, roster);
  const isManagedHost = managedHosts(state, roster);
  const seen = { run, head: state.head, entry, roster, managed, isManagedHost };
  const watched = await watchHolders(call, seen, after, shownAt);
  await holdEvents(run, [...events, ...watched.events], call);
  const { failure: unwatched, isRecorded } = await watched.record();
  await recordReplacedCluster(call, { state, entry, states, subject });
  const existing = new Set(accounts.flatMap(account => [account.user, quoteAccount(account)]));
  const exists = (account: string) => existing.has(account);
  const unresolved = unresolvedAccounts(applied);
  const reached = { unresolved, exists, reviewed: request.roster, at: found.now };
  await sources.ledger.settle(cluster, states, reached);
  const notYetDropped = previouslyReviewed.filter(name => existing.has(name));
  const statements = ranCount(report);
  const later = waiting > 0 ? `; ${waiting} wait for the next plan` : "";
  // A plan of the hook's deletion shows this answer, and no statement.
  const removal =
    request.removalPolicy === "remove" ? removalText(removedUsers(applied, entry, accounts)) : undefined;
  const letGo = letGoNote(entry, found.previouslyDeclared);
  const said = [removal, ...letGo, sessionsKept(report), instancesUnknown(report)].filter(
    text => text !== undefined,
  );
  const message = [`${statements === 0 ? "nothing to do" : "done"}${later}`, ...said].join("; ");
  const unfinished = leftOut.error ?? unwatched ?? instancesRemain(cluster, report);
  const answer = unfinished ? { ...describeError(unfinished), statements } : { statements, message };
  const { resourceId } = entry;
  await commitApplied(hook, { version, resourceId, waiting, notYetDropped, isWatched: isRecorded, answer });
  await finishRun({ run, entry, roster, events, isProven: true, report }, call);
  log.info("applied", { cluster, changeSet: id, statements, detail: message });
  return {
    response: { protocol: PROTOCOL, changeSetId: id, statements, message },
    report: {
      ...report,
      accounts: accounts.length,
      newHolders: watched.unseen,
      handsOn: plan.handsOn.length,
    },
    unfinished,
  };
}

/** The accounts that the deletion of this hook would drop. */
function removedUsers({ found }: AppliedPlan, entry: RegistryEntry, accounts: readonly AccountId[]) {
  const managed = managedUsers(found.state, found.states, found.roster);
  const isEach = entry.unmanaged === "remove";
  const isRemoved = ({ user }: AccountId) => managed.has(user) || (isEach && hasPrefix(entry.prefix, user));
  return accounts.filter(isRemoved).map(({ user }) => user);
}

/**
 * Accounts of sources that are not as the sources say: blocked ones, those that are left out, and those that
 * an unseen set leaves for the next plan.
 */
function unresolvedAccounts({ found, leftOut, report }: AppliedPlan): Set<string> {
  const { blocked, plan, states } = found;
  const done = new Set(namedAccounts(report));
  const named =
    plan.waiting > 0 ? states.flatMap(({ formerly, roster }) => [...accountNames(roster), ...formerly]) : [];
  return new Set([...blocked.keys(), ...leftOut.users, ...named.filter(name => !done.has(name))]);
}
