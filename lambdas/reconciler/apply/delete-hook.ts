import { PROTOCOL } from "../../../core/contract/protocol";
import { countHook, type HookCall, wasCounted } from "../../../core/decisions/hook-count";
import { effectiveRosters } from "../../../core/decisions/rosters-in-effect";
import { runEvents } from "../../../core/events/run-events";
import { nameSome } from "../../../core/name-some";
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
import { eventRun, type HookResult, type HookRun, hookSubject } from "./hook-run";
import { applyRemovalPolicy, type DeletedHook, type Removal } from "./removal-policy";

/**
 * Deletes a hook. While another hook holds the cluster, or another owner does, nothing happens to accounts.
 * The last hook acts by the removal policy of its last successful call, as the policy in the payload may
 * never have been applied.
 *
 * @throws RunFailedError; its reason is an AccountsRemainError if managed accounts exist under `protect`
 */
export async function deleteHook(hook: HookRun): Promise<HookResult> {
  const { call, request } = hook;
  const { cluster, owner } = request;
  const { ledger, now, registry } = call.services;
  const counted = { action: "delete" as const, payload: call.payloadHash, at: now().toISOString() };
  const state = await ledger.state(cluster);
  const { head } = state;
  if (wasCounted(head, counted, call.startedAt)) return answer(hook, "this hook was let go a moment ago");
  const isForeign = head.owner !== undefined && head.owner !== owner;
  if (isForeign) return leaveCluster(hook, state, counted, `the cluster belongs to ${head.owner}`);
  if (head.hooks > 1) return leaveCluster(hook, state, counted, "another hook holds the cluster");

  const entry = await registry.entry(cluster);
  return deleteLastHook({ ...hook, entry, state, subject: hookSubject(hook) }, counted);
}

const answer = (hook: HookRun, message: string, report: RunReport = NOTHING_RAN): HookResult => ({
  response: { protocol: PROTOCOL, changeSetId: hook.id, statements: ranCount(report), message },
  report,
});

/** Another hook or owner holds the cluster: one hook less, and nothing else. */
async function leaveCluster(hook: HookRun, { head }: LedgerState, counted: HookCall, message: string) {
  const { call, request } = hook;
  await recordHook(hook, { message, hooksLeft: Math.max(1, head.hooks - 1) });
  await call.services.ledger.change(request.cluster, before => {
    const after = countHook(before, counted, call.startedAt);
    return { ...after, hooks: Math.max(1, after.hooks) };
  });
  return answer(hook, message);
}

async function deleteLastHook(hook: Omit<DeletedHook, "states">, counted: HookCall): Promise<HookResult> {
  const { entry, state } = hook;
  const policy = state.head.removalPolicy ?? "protect";
  const { accounts, isGone, report, states } = await removeOrRecordFailure(hook);
  const message = isGone
    ? // Nothing was checked on a cluster that no longer exists.
      `the cluster no longer exists: the name ${entry.host} is not known`
    : accounts.length === 0
      ? "no account is left"
      : `${accounts.length === 1 ? "1 account is" : `${accounts.length} accounts are`} left: ${nameSome(accounts)}`;
  return reporting(report, async () => {
    await holdRemovalEvents({ ...hook, states }, report);
    await recordHook(hook, { message, hooksLeft: 0, policy, accounts });
    const removed = policy === "remove" && !isGone && accounts.length === 0;
    await forgetHook(hook, counted, accounts.length, removed);
    return answer(hook, message, report);
  });
}

type RemovalOfKnown = Removal & Pick<DeletedHook, "states">;

/** @throws RunFailedError, after the failure was recorded */
async function removeOrRecordFailure(hook: Omit<DeletedHook, "states">): Promise<RemovalOfKnown> {
  const { call, entry, subject } = hook;
  const { log, sources } = call.services;
  const { cluster } = entry;
  let states: DeletedHook["states"] = [];
  try {
    states = await sources.ledger.states(cluster, entry);
    return { ...(await applyRemovalPolicy({ ...hook, states })), states };
  } catch (error) {
    const failure = describeFailure(error);
    log.error("delete failed", { cluster, code: failure.code });
    // A repeated deletion finds these accounts gone, and would not tell their holders.
    await holdRemovalEvents({ ...hook, states }, failureOf(error).report);
    await recordResult(call, subject, failureOf(error).report, failure).catch(() =>
      log.error("failure not in the audit trail", { cluster }),
    );
    throw error;
  }
}

/** The cluster has no hook any more. */
async function forgetHook(
  { call, request, state }: Pick<DeletedHook, "call" | "request" | "state">,
  counted: HookCall,
  accountsLeft: number,
  removed: boolean,
): Promise<void> {
  const { ledger, now } = call.services;
  const { cluster } = request;
  const { owner = request.owner } = state.head;
  const unmanagedSince = now().toISOString();
  await ledger.change(cluster, before => ({
    ...countHook(before, counted, call.startedAt),
    // After a removal, every account that is declared here again is new.
    target: removed ? undefined : before.target,
    applied: removed ? undefined : before.applied,
    lingering: removed ? [] : before.lingering,
    hooks: 0,
    removing: undefined,
    released: unmanagedSince,
    attempt: undefined,
    sessions: undefined,
  }));
  await ledger.listCluster({ cluster, owner, since: unmanagedSince, released: unmanagedSince, accountsLeft });
}

/** Events about every account that the removal took. Never fails. */
async function holdRemovalEvents(hook: DeletedHook, report: RunReport): Promise<void> {
  if (ranCount(report) === 0) return;
  const { call, entry, state, states } = hook;
  const run = eventRun(hook, call.startedAt);
  const { ran, sessionsEnded, touched } = executedStatements(report);
  const events = runEvents({
    run,
    entry,
    before: mergeSources(state.applied?.roster ?? EMPTY_ROSTER, effectiveRosters(states)),
    after: EMPTY_ROSTER,
    expired: new Map(),
    touched,
    causeOf: () => "grant",
    statements: ran,
    sessionsEnded,
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
