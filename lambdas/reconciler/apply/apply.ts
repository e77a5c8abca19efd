import { assertCeiling } from "../../../core/decisions/check-ceiling";
import { type AuditSubject, recordResult } from "../execute/audit-run";
import { AttemptFailedError, describeFailure } from "../execute/describe-failure";
import { failureOf } from "../execute/run-report";
import { withClusterLock } from "../execute/with-cluster-lock";
import { RegistryError } from "../runtime/errors";
import { withGate } from "../store/ledger-head";
import { applyUnderLock } from "./apply-under-lock";
import { assertOwner } from "./assert-owner";
import { type HookResult, type HookRun, hookSubject } from "./hook-run";

/**
 * Runs what the plan showed, and nothing else, and records it.
 * @throws AccessError before the attempt is open
 * @throws AttemptFailedError if the cluster does not reach the roster
 */
export async function apply(hook: HookRun): Promise<HookResult> {
  const { call, request } = hook;
  const { cluster, gate, roster } = request;
  const { accessDeniedRetry, ledger, registry } = call.services;

  const head = await ledger.head(cluster);
  if (head.gates.includes(gate)) accessDeniedRetry.end();
  assertOwner(head, request);
  const entry = await registry.entry(cluster).catch(async error => {
    if (error instanceof RegistryError && head.revision > 0) await openAttempt(hook);
    throw error;
  });
  assertCeiling(roster, entry);
  // From here on, a plan that cannot look at the database knows that an attempt was made and did not succeed.
  await openAttempt(hook);

  const subject = { ...hookSubject(hook), plannedAt: hook.body.plannedAt, payloadSha256: call.payloadHash };
  try {
    return await withClusterLock(call, entry, subject, session =>
      applyUnderLock({ ...hook, entry, session, subject }),
    );
  } catch (error) {
    const { reason, report } = failureOf(error);
    const failure = new AttemptFailedError(reason, report);
    await recordFailure(hook, subject, failure);
    throw failure;
  }
}

async function openAttempt({ call, id, request }: HookRun): Promise<void> {
  const { ledger, now } = call.services;
  const { cluster, owner } = request;
  const after = await ledger.change(cluster, head => ({ ...head, attempt: id }));
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
  await recordResult(call, subject, failureOf(error).report, failure).catch(
    unrecorded("failure not in the audit trail"),
  );
  const recordOutcome = async () => {
    const isSpent = (await ledger.outcome(cluster, id)) === "applied";
    const outcome = isSpent ? [] : [ledger.outcomeItem(cluster, id, "failed", now())];
    await ledger.change(cluster, head => withGate(head, gate), outcome);
  };
  await recordOutcome().catch(unrecorded("failure not in the ledger"));
}
