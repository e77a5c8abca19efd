import { PROTOCOL } from "../../../core/contract/protocol";
import { holdByNone, leaveTo } from "../../../core/decisions/hooks";
import { effectiveRosters } from "../../../core/decisions/rosters-in-effect";
import { runEvents } from "../../../core/events/run-events";
import { defined } from "../../../core/json";
import { nameSome } from "../../../core/name-some";
import { printable } from "../../../core/printable";
import { EMPTY_ROSTER } from "../../../core/roster/roster";
import { mergeSources } from "../../../core/source";
import { recordResult } from "../execute/audit-run";
import { describeFailure } from "../execute/describe-failure";
import { holdEvents } from "../execute/finish-run";
import {
  executedStatements,
  failureOf,
  NOTHING_RAN,
  type RunReport,
  ranCount,
  reporting,
} from "../execute/run-report";
import type { LedgerState } from "../store/ledger";
import type { LedgerHead } from "../store/ledger-head";
import { answerOf, earlierAnswer } from "./earlier-answer";
import { eventRun, type HookResult, type HookRun, hookCall, hookSubject } from "./hook-run";
import { judgeByHead, judgeHook } from "./judge-hook";
import {
  applyRemovalPolicy,
  type Conclusion,
  type DeletedHook,
  policyOf,
  type Removal,
} from "./removal-policy";

/**
 * Deletes a hook. While another hook holds the cluster, or another owner does, nothing happens to accounts.
 * The last hook acts by the removal policy of its last successful call, as the policy in the payload may
 * never have been applied. If it is in doubt whether it is the last, it drops nobody.
 *
 * @throws RunFailedError; its reason is an AccountsRemainError if managed accounts exist under `protect`
 */
export async function deleteHook(hook: HookRun): Promise<HookResult> {
  const { call, request } = hook;
  const { ledger, registry } = call.services;
  const state = await ledger.state(request.cluster);
  const earlier = await earlierAnswer(hook, state.head);
  if (earlier) return earlier;
  const deletion = await judgeHook(hook, state.head);
  if (deletion.kind === "leaves") return leaveCluster(hook, state, deletion.message);

  const entry = await registry.entry(request.cluster);
  const doubt = deletion.kind === "doubtful" ? deletion.doubt : undefined;
  return deleteLastHook({ ...hook, entry, state, subject: hookSubject(hook), doubt });
}

const answer = (hook: HookRun, message: string, report: RunReport = NOTHING_RAN): HookResult => ({
  response: { protocol: PROTOCOL, changeSetId: hook.id, statements: ranCount(report), message },
  report,
});

/** What the deletion answers, for copies of the call. */
const lastAnswerOf = ({ call }: HookRun, { response: { message, statements } }: HookResult) =>
  answerOf(call, { message, statements });

/** Another hook or owner holds the cluster: one hook less, and nothing else. */
async function leaveCluster(hook: HookRun, { head }: LedgerState, message: string): Promise<HookResult> {
  const { call, request } = hook;
  const result = answer(hook, message);
  const leave = (before: LedgerHead) => leaveTo(before, hookCall(hook), call.startedAt);
  await recordHook(hook, { message, hooksLeft: leave(head).hooks });
  const lastAnswer = lastAnswerOf(hook, result);
  await call.services.ledger.change(request.cluster, before => ({ ...leave(before), lastAnswer }));
  return result;
}

/** @throws RunFailedError, after the failure was recorded */
async function deleteLastHook(hook: Omit<DeletedHook, "states">): Promise<HookResult> {
  const { call, entry, subject } = hook;
  const { log, sources } = call.services;
  const { cluster } = entry;
  let known: DeletedHook = { ...hook, states: [] };
  let conclusion: Conclusion;
  try {
    known = { ...hook, states: await sources.ledger.states(cluster, entry) };
    conclusion = await applyRemovalPolicy(known, {
      conclude: removal => conclude(known, removal),
      again: () => deleteHook(hook),
    });
  } catch (error) {
    const failure = describeFailure(error);
    log.error("delete failed", { cluster, code: failure.code });
    // A repeated deletion finds these accounts gone, and would not tell their holders.
    await holdRemovalEvents(known, failureOf(error).report);
    await recordResult(call, subject, failureOf(error).report, failure).catch(() =>
      log.error("failure not in the audit trail", { cluster }),
    );
    throw error;
  }
  return conclusion();
}

/** Records the deletion. Never fails: the conclusion does. */
async function conclude(hook: DeletedHook, removal: Removal): Promise<Conclusion> {
  const { accounts, isGone, report } = removal;
  const policy = policyOf(hook);
  const message = isGone
    ? // Nothing was checked on a cluster that no longer exists.
      `the cluster no longer exists: the name ${hook.entry.host} is not known`
    : accounts.length === 0
      ? "no account is left"
      : `${accounts.length === 1 ? "1 account is" : `${accounts.length} accounts are`} left: ${nameSome(accounts)}`;
  // Others may hold the cluster: it stays as it is.
  if (hook.doubt !== undefined) {
    const left = await leaveCluster(hook, hook.state, printable(message));
    return () => left;
  }
  const result = answer(hook, printable(message), report);
  const recorded = reporting(report, async () => {
    await holdRemovalEvents(hook, report);
    await recordHook(hook, { message, hooksLeft: 0, policy, accounts });
    const removed = policy === "remove" && !isGone && accounts.length === 0;
    return forgetHook(hook, result, accounts.length, removed);
  });
  return recorded.then(
    isLast => () => (isLast ? result : deleteHook(hook)),
    error => () => {
      throw error;
    },
  );
}

/**
 * The cluster has no hook any more.
 * @returns whether that is so: another hook or owner may have got the cluster since the deletion was judged
 */
async function forgetHook(
  hook: DeletedHook,
  result: HookResult,
  accountsLeft: number,
  removed: boolean,
): Promise<boolean> {
  const { call, request, state } = hook;
  const { ledger, now } = call.services;
  const { cluster } = request;
  const { owner = request.owner } = state.head;
  const unmanagedSince = now().toISOString();
  let isLast = true;
  await ledger.change(cluster, before => {
    isLast = judgeByHead(hook, before).kind === "last";
    if (!isLast) return before;
    return {
      ...holdByNone(before, hookCall(hook)),
      lastAnswer: lastAnswerOf(hook, result),
      // After a removal, every account that is declared here again is new.
      target: removed ? undefined : before.target,
      applied: removed ? undefined : before.applied,
      lingering: removed ? [] : before.lingering,
      removing: undefined,
      released: unmanagedSince,
      attempt: undefined,
      sessions: undefined,
    };
  });
  const listed = { cluster, owner, since: unmanagedSince, released: unmanagedSince, accountsLeft };
  if (isLast) await ledger.listCluster(listed);
  return isLast;
}

/** Events about every account that the removal took. Never fails. */
async function holdRemovalEvents(hook: DeletedHook, report: RunReport): Promise<void> {
  if (ranCount(report) === 0) return;
  const { call, entry, state, states } = hook;
  const run = eventRun(hook, call.startedAt);
  const { notGone, ran, sessionsEnded, shut, touched } = executedStatements(report);
  const events = runEvents({
    run,
    entry,
    before: mergeSources(state.applied?.roster ?? EMPTY_ROSTER, effectiveRosters(states), run.at),
    after: EMPTY_ROSTER,
    expired: new Map(),
    touched,
    causeOf: () => "grant",
    statements: ran,
    sessionsEnded,
    ...defined({ notGone, shut }),
  });
  await holdEvents(run, events, call);
}

const recordHook = (hook: HookRun, detail: Record<string, string | number | readonly string[]>) =>
  hook.call.services.audit.append({
    ...hookSubject(hook),
    kind: "hook-deleted",
    when: hook.call.services.now().toISOString(),
    ...detail,
  });
