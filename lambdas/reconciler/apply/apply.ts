import { assertCeiling } from "../../../core/decisions/check-ceiling";
import { rulesFault } from "../../../core/decisions/rules/within-rules";
import { type AuditSubject, recordResult } from "../execute/audit-run";
import { AttemptFailedError, describeFailure } from "../execute/describe-failure";
import { failureOf, ranCount } from "../execute/run-report";
import { withClusterLock } from "../execute/with-cluster-lock";
import { RegistryError, RosterRefusedError } from "../runtime/errors";
import { withGate } from "../store/ledger-head";
import { applyUnderLock } from "./apply-under-lock";
import { assertOwner } from "./assert-owner";
import { answerOf, EarlierFailureError, earlierAnswer } from "./earlier-answer";
import { type HookResult, type HookRun, hookSubject } from "./hook-run";

/**
 * Runs what the plan showed, and nothing else, and records it.
 * @throws AccessError before the attempt is open
 * @throws AttemptFailedError if the cluster does not reach the roster, or an account is left out
 */
export async function apply(hook: HookRun): Promise<HookResult> {
  const { call, request } = hook;
  const { cluster, gate, roster } = request;
  const { accessDeniedRetry, ledger, now, registry } = call.services;

  const head = await ledger.head(cluster);
  if (head.gates.includes(gate)) accessDeniedRetry.end();
  assertOwner(head, request);
  const earlier = await earlierAnswer(hook, head);
  if (earlier) return earlier;
  const entry = await registry.entry(cluster).catch(async error => {
    if (error instanceof RegistryError && head.revision > 0) await openAttempt(hook);
    throw error;
  });
  assertCeiling(roster, entry);
  const broken = rulesFault(cluster, roster, now());
  if (broken) throw new RosterRefusedError(`${cluster}: ${broken}. Nothing ran. Fix this, then plan again.`);
  // From here on, a plan that cannot look at the database knows that an attempt was made and did not succeed.
  await openAttempt(hook);

  const subject = { ...hookSubject(hook), plannedAt: hook.body.plannedAt, payloadSha256: call.payloadHash };
  const recordingFailure = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      if (error instanceof AttemptFailedError || error instanceof EarlierFailureError) throw error;
      const { reason, report } = failureOf(error);
      const failure = new AttemptFailedError(reason, report);
      await recordFailure(hook, subject, failure);
      throw failure;
    }
  };
  // The holder may be another copy of this call, so that it is waited for as long as there is time. Its
  // answer is in the ledger before the lock is free again, also if it failed.
  return recordingFailure(
    withClusterLock({ call, entry, subject, waitMs: call.deadline.left() }, async session => {
      const answered = await earlierAnswer(hook, await ledger.head(cluster));
      if (answered) return answered;
      const result = await recordingFailure(applyUnderLock({ ...hook, entry, session, subject }));
      if (result.unfinished) throw new AttemptFailedError(result.unfinished, result.report);
      return result;
    }),
  );
}

async function openAttempt({ call, id, request }: HookRun): Promise<void> {
  const { ledger, now } = call.services;
  const { cluster, owner } = request;
  const after = await ledger.change(cluster, head => {
    const isLast = head.lastAnswer?.payload === call.payloadHash;
    return { ...head, attempt: id, lastAnswer: isLast ? head.lastAnswer : undefined };
  });
  if (after.hooks === 0) await ledger.listCluster({ cluster, owner, since: now().toISOString() });
}

/**
 * Records the failure, and leaves the attempt open: no later plan may take the cluster for settled. Never
 * fails.
 */
async function recordFailure(
  { call, id, request }: HookRun,
  subject: AuditSubject,
  error: AttemptFailedError,
): Promise<void> {
  const { cluster, gate } = request;
  const { ledger, log, now } = call.services;
  const failure = describeFailure(error);
  log.error("apply failed", { cluster, changeSet: id, code: failure.code });
  const unrecorded = (what: string) => (cause: Error) => log.error(what, { cluster, reason: cause.message });
  const { report } = failureOf(error);
  // People read how far it came. So nothing more of the change set runs until someone has planned again.
  const lastAnswer =
    report.results.length > 0 ? answerOf(call, { ...failure, statements: ranCount(report) }) : undefined;
  const recordOutcome = async () => {
    const isSpent = await ledger.isSpent(cluster, id);
    const outcome = { status: "failed", ran: lastAnswer !== undefined, at: now() } as const;
    const items = isSpent ? [] : [ledger.outcomeItem(cluster, id, outcome)];
    await ledger.change(
      cluster,
      head => ({
        ...withGate(head, gate),
        lastAnswer: (isSpent ? undefined : lastAnswer) ?? head.lastAnswer,
      }),
      items,
    );
  };
  await recordResult(call, subject, report, failure).catch(unrecorded("failure not in the audit trail"));
  await recordOutcome().catch(unrecorded("failure not in the ledger"));
}
