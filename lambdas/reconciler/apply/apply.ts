import { nameSome, onlyChangeSet, statementsOf } from "../../../core/contract/change-set";
import type { ApplyRequest, ApplyResponse } from "../../../core/contract/payload";
import { PROTOCOL } from "../../../core/contract/protocol";
import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { AccessError } from "../../../core/errors";
import { assembleStatements, type StatementsPlan, unpermitted } from "../../../core/mysql";
import { accountNames, type Roster } from "../../../core/roster/roster";
import {
  type AuditSubject,
  type ExecutionReport,
  executePlan,
  recordIntent,
  recordResult,
  remainingStatements,
} from "../execute/execute-plan";
import { finishRun, holdEvents } from "../execute/finish-run";
import { withClusterLock } from "../execute/with-cluster-lock";
import { clockDifference } from "../mysql/clock-difference";
import { assertClusterLock } from "../mysql/cluster-lock";
import { observe } from "../mysql/observe";
import {
  DatabaseMovedError,
  describeError,
  NotReachedError,
  RegistryError,
  RosterRefusedError,
} from "../runtime/errors";
import type { Call } from "../services/services";
import { type MergedRoster, mergedRoster } from "../sources/source-roster";
import { type LedgerHead, withGate } from "../store/ledger-head";
import type { SourceState } from "../store/source-ledger";
import { applyEvents, applyRun } from "./apply-events";
import { assertCeiling } from "./check-ceiling";
import { commitApplied, writeTarget } from "./commit-roster";
import { assertOwner } from "./owner";
import { recordReplacedCluster } from "./replaced-cluster";
import type { RunContext } from "./with-metrics";

/** Runs what the plan showed, and nothing else, and records it. @throws AccessError when the cluster does not end at the roster */
export async function apply(
  request: ApplyRequest,
  call: Call,
  { figures, progress }: RunContext,
): Promise<ApplyResponse> {
  const { cluster, gate, roster } = request;
  const { ledger, log, accessDeniedRetry: patience, registry } = call.services;
  const { id, body } = onlyChangeSet(request.changeSet);

  const head = await ledger.head(cluster);
  if (head.gates.includes(gate)) patience.end();
  assertOwner(head, request);
  const entry = await registry.entry(cluster).catch(async error => {
    if (error instanceof RegistryError && head.revision > 0) await openAttempt(request, call, id);
    throw error;
  });
  assertCeiling(roster, entry);
  // From here on a plan that cannot look at the database knows that something was tried and did not succeed.
  await openAttempt(request, call, id);

  const subject: AuditSubject = {
    ...{ cluster, changeSet: id, owner: request.owner, action: request.tf.action, who: body.plannedBy },
    ...{ reference: body.reference, plannedAt: body.plannedAt, payloadSha256: call.payloadHash },
  };
  try {
    return await reconcile(request, call, entry, subject, { figures, progress });
  } catch (error) {
    if (error instanceof AccessError) error.message = withOutcome(error.message, progress);
    const told = describeError(error);
    log.error("apply failed", { cluster, changeSet: id, code: told.code });
    await recordFailure(request, call, subject, progress, told);
    throw error;
  }
}

/** Every failure says how far the run came. */
function withOutcome(message: string, { ran, report }: ExecutionReport): string {
  if (/ ran[ .,]/.test(message)) return message;
  const outcome =
    report.results.length === 0 ? "Nothing ran" : `${ran} of ${report.results.length} statements ran`;
  return `${message.replace(/[. ]+$/, "")}. ${outcome}. The attempt stays open: mend the cause, plan and apply again.`;
}

async function openAttempt({ cluster, owner }: ApplyRequest, { services }: Call, id: string): Promise<void> {
  const after = await services.ledger.change(cluster, head => ({ ...head, attempt: id }));
  if (after.hooks === 0)
    await services.ledger.listCluster({ cluster, owner, since: services.now().toISOString() });
}

async function reconcile(
  request: ApplyRequest,
  call: Call,
  entry: RegistryEntry,
  subject: AuditSubject,
  { figures, progress }: RunContext,
): Promise<ApplyResponse> {
  const { cluster } = request;
  const { ledger, now, sources } = call.services;
  const { id, body } = onlyChangeSet(request.changeSet);
  return withClusterLock(call, entry, subject, async session => {
    const { observed, administrator } = await observe(session, entry.prefix);
    figures.ClockDifference = await clockDifference(session, now);
    const state = await ledger.state(cluster);
    assertOwner(state.head, request);
    const { definers, prefix, unmanaged } = entry;
    const states = await sources.ledger.states(cluster, entry);
    // A set that was applied before permits nothing: it may be an old one that came back with old state.
    const spent = (await ledger.outcome(cluster, id)) === "applied";
    const rules = { now: now(), prefix, unmanaged, definers, onlyCreate: body.status === "unseen" };
    const merged = mergedRoster(state, request.roster, states, { ...rules, observed, administrator });
    const { roster, previouslyDeclared, onlyUsers, stuck } = merged;
    const given = { ...rules, roster, previouslyDeclared, onlyUsers };
    const plan = assembleStatements({ ...given, observed, administrator });
    assertPermitted(request, roster, plan, spent, given.now);

    const ending = [...(await ledger.sessionsToEnd(cluster, state.head)), ...plan.endSessions];
    const version = await writeTarget(request, call, state, previouslyDeclared, ending);
    let reached = observed;
    const telling = applyEvents({ request, entry, state, states, roster, observed, now: given.now });
    progress.about = telling.about;
    if (plan.statements.length > 0 || ending.length > 0) {
      await recordIntent(call, subject, plan, telling.about);
      await executePlan(call, session, cluster, plan, ending, progress).catch(async error => {
        await holdEvents(applyRun(request, given.now), telling.ended(progress), call);
        throw error;
      });
      reached = (await observe(session, prefix)).observed;
      const left = assembleStatements({ ...given, observed: reached, administrator });
      if (left.statements.length > 0)
        throw new NotReachedError(
          `${cluster}: all ${progress.ran} statements ran, yet the cluster is not as declared; still to do: ${remainingStatements(left)}. Plan again.`,
        );
    }
    await assertClusterLock(session, cluster);
    await recordResult(call, subject, progress);
    const events = telling.events(progress, plan.waiting);
    const run = applyRun(request, given.now);
    await holdEvents(run, events, call);
    const notYetDropped = previouslyDeclared.filter(name =>
      reached.accounts.some(({ user }) => user === name),
    );
    await recordReplacedCluster(call, state, entry, subject, states);
    await sources.ledger.settle(cluster, states, undoneOf(states, stuck, plan, progress));
    await commitApplied(request, call, version, {
      resourceId: entry.resourceId,
      waiting: plan.waiting,
      notYetDropped,
    });
    figures.Accounts = reached.accounts.length;
    await finishRun(run, entry, roster, events, call);
    const message = describeSuccess(plan, progress);
    call.services.log.info("applied", { cluster, changeSet: id, statements: progress.ran, detail: message });
    return { protocol: PROTOCOL, changeSetId: id, statements: progress.ran, message };
  });
}

/** Accounts of sources that are not as these say: stuck, or left for the next plan by an unseen set. */
function undoneOf(
  states: readonly SourceState[],
  stuck: MergedRoster["stuck"],
  plan: StatementsPlan,
  { report }: ExecutionReport,
) {
  const done = new Set(report.results.flatMap(({ users }) => users));
  const named =
    plan.waiting > 0 ? states.flatMap(({ formerly, roster }) => [...accountNames(roster), ...formerly]) : [];
  return new Set([...stuck.keys(), ...named.filter(name => !done.has(name))]);
}

/** @throws RosterRefusedError, DatabaseMovedError when anything would run that the plan did not show */
function assertPermitted(
  request: ApplyRequest,
  roster: Roster,
  plan: StatementsPlan,
  spent: boolean,
  now: Date,
): void {
  const { cluster } = request;
  const { id, body } = onlyChangeSet(request.changeSet);
  if (plan.problems.length > 0)
    throw new RosterRefusedError(
      `${cluster}: ${nameSome(plan.problems)} Nothing ran. Mend this, then plan and apply again.`,
    );
  const permits = (body.status === "changes" || body.status === "unseen") && !spent;
  const shown = permits ? statementsOf(body) : [];
  const unshown = unpermitted({ statements: plan.statements, shown, roster, now });
  if (unshown.length === 0) return;
  const because = spent
    ? `the change set ${id} was applied before and permits nothing more`
    : permits
      ? "the database moved since the plan"
      : `the change set is \`${body.status}\` and permits nothing`;
  throw new DatabaseMovedError(
    `${cluster}: ${because}. The plan did not show: ${nameSome(unshown)}. None of ${plan.statements.length} statements ran. Plan again.`,
  );
}

/** Leaves the attempt open, so that no later plan takes the cluster for settled. What cannot be recorded is logged. */
async function recordFailure(
  request: ApplyRequest,
  call: Call,
  subject: AuditSubject,
  progress: ExecutionReport,
  told: { code: string; message: string },
): Promise<void> {
  const { cluster, gate } = request;
  const { ledger, log, now } = call.services;
  const { id } = onlyChangeSet(request.changeSet);
  const unrecorded = (what: string) => (error: unknown) =>
    log.error(what, { cluster, reason: (error as Error).message });
  await recordResult(call, subject, progress, told).catch(unrecorded("failure not in the audit trail"));
  const record = async () => {
    const spent = (await ledger.outcome(cluster, id)) === "applied";
    const outcome = spent ? [] : [ledger.outcomeItem(cluster, id, "failed", now())];
    await ledger.change(cluster, (head: LedgerHead) => withGate(head, gate), outcome);
  };
  await record().catch(unrecorded("failure not in the ledger"));
}

function describeSuccess(plan: StatementsPlan, progress: ExecutionReport): string {
  const waiting = plan.waiting > 0 ? `; ${plan.waiting} wait for the next plan` : "";
  return progress.ran === 0 ? `nothing to do${waiting}` : `done${waiting}`;
}
