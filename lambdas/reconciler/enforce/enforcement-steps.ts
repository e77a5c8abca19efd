import { revocationsOnly } from "../../../core/decisions/revocations-only";
import type { AccountId, StatementsPlan } from "../../../core/mysql";
import { auditStatements, recordIntent, recordResult } from "../execute/audit-run";
import { type Intent, type RunResult, runPlan } from "../execute/run-plan";
import type { RunReport } from "../execute/run-report";
import { sessionsToEnd } from "../execute/sessions-to-end";
import type { Observation } from "../mysql/observe";
import { AuditError } from "../runtime/errors";
import { logParts } from "../runtime/log-parts";
import type { EnforcementRecord } from "../store/enforcement-records";
import type { InspectedCluster, LockedEnforcement } from "./enforcement-run";

/** What may run, and enforcement's record with it as `open`. */
export interface EnforcementIntent extends Intent {
  readonly record: EnforcementRecord;
}

const NEXT_RUN = "The statements that ran stay in effect. Fix the cause; the next run tries again.";

/**
 * Runs what enforcement decided. Without an audit trail, only what takes access away runs.
 * @throws RunFailedError
 */
export function runEnforcement(
  enforcement: LockedEnforcement,
  { about, enforceable, passwords }: InspectedCluster,
  observation: Observation,
): Promise<RunResult<EnforcementIntent>> {
  const { call, entry, isLate, record, session } = enforcement;
  const instances = isLate ? "all" : "left";
  const { plan } = enforceable;
  const rosters = [enforceable.roster];
  const sessions = record.open?.sessions ?? [];
  return runPlan<EnforcementIntent>(
    {
      call,
      session,
      entry,
      instances,
      rosters,
      plan,
      passwords,
      sessions,
      observation,
      about,
      advice: NEXT_RUN,
    },
    {
      recordIntent: async () => {
        const intent = await recordIntentOrDegrade(enforcement, plan, { about, earlier: sessions });
        const taking = { plan: intent.plan, earlier: [], rosters, observation, now: enforcement.run.at };
        const { accounts } = sessionsToEnd(entry, taking);
        const opened = await openRecord(enforcement, accounts, enforceable.expired);
        return { ...intent, record: opened };
      },
      recordResult: report =>
        report.results.length === 0 && report.sessionsEnded === 0
          ? Promise.resolve(true)
          : recordResultOrLog(enforcement, report),
    },
  );
}

/**
 * Writes what is about to be done to the ledger, so that the next run finishes and reports it if this one
 * dies.
 */
function openRecord(
  { call, record, run }: LockedEnforcement,
  accounts: readonly AccountId[],
  expired: Iterable<string>,
): Promise<EnforcementRecord> {
  const { open } = record;
  return call.services.enforcement.write(run.cluster, {
    ...record,
    open: {
      run: run.id,
      expired: [...new Set([...(open?.expired ?? []), ...expired])],
      sessions: [...(open?.sessions ?? []), ...accounts],
    },
  });
}

/**
 * Records the intent. If the audit trail cannot be written, what only takes access away goes ahead, with the
 * intent in the function's log.
 * @throws AuditError if nothing would go ahead
 */
async function recordIntentOrDegrade(
  { call, subject }: LockedEnforcement,
  plan: StatementsPlan,
  { about, earlier }: { readonly about: InspectedCluster["about"]; readonly earlier: readonly AccountId[] },
): Promise<Intent> {
  try {
    return await recordIntent(call, subject, plan, { about });
  } catch (error) {
    if (!(error instanceof AuditError)) throw error;
    const revocations = revocationsOnly(plan);
    if (revocations.statements.length === 0 && earlier.length === 0) throw error;
    const intent = auditStatements(revocations.statements, about).map(item => JSON.stringify(item));
    const sessionsOf = [...new Set(earlier.map(({ user }) => user))];
    for (const { items, numbered } of logParts(intent))
      call.services.log.error(
        "audit trail not written: only what takes access away runs; this is the intent",
        { reason: error.message, statements: items, sessionsOf, ...numbered },
      );
    return { plan: revocations, isAudited: false };
  }
}

/**
 * Records the result, or logs it if the audit trail cannot be written.
 * @returns whether the audit trail holds it
 */
async function recordResultOrLog({ call, subject }: LockedEnforcement, report: RunReport): Promise<boolean> {
  try {
    return await recordResult(call, subject, report);
  } catch (error) {
    const results = report.results.map(({ sql, outcome }) => `${outcome}: ${sql}`);
    for (const { items, numbered } of logParts(results))
      call.services.log.error("audit trail not written: this is the result", {
        reason: (error as Error).message,
        results: items,
        ...numbered,
      });
    return false;
  }
}
