import { defined } from "../../../core/json";
import { recordResult } from "../execute/audit-run";
import { describeFailure } from "../execute/describe-failure";
import { failureEvent } from "../execute/finish-run";
import { failureOf, type RunReport, ranCount } from "../execute/run-report";
import type { EnforcementRecord } from "../store/enforcement-records";
import { type EnforcementRun, enforcementSubject } from "./enforcement-run";

const RECORD_ATTEMPTS = 5;

/** A run that failed. */
type FailedRun = Pick<EnforcementRun, "call" | "run"> & {
  readonly failure: { readonly code: string; readonly message: string };
  readonly report: RunReport;
};

/**
 * Records that a run failed. Sends an event only if the failure differs from the last one; the metrics
 * `EnforcementAge` and `Failures` report every failure. Never fails.
 * @returns the metrics of what was recorded
 */
export async function recordFailure({ call, run }: Pick<EnforcementRun, "call" | "run">, error: unknown) {
  const { log, enforcement, now } = call.services;
  const failed = { call, run, failure: describeFailure(error), report: failureOf(error).report };
  const { code, message } = failed.failure;
  log.error("enforcement failed", { code, detail: message.slice(0, 2_000), ran: ranCount(failed.report) });
  const notInLedger = (cause: Error) => log.error("failure not in the ledger", { reason: cause.message });
  const record = await enforcement.read(run.cluster).catch(notInLedger);
  if (!record) return {};
  const isNews = record.failure !== failureFingerprint(failed);
  const isAudited = isNews || failed.report.results.length > 0 ? await auditFailure(failed) : true;
  const last = (isNews && (await writeFailure(failed, record).catch(notInLedger))) || record;
  const age = last.lastSuccess === undefined ? undefined : now().getTime() - Date.parse(last.lastSuccess);
  return defined({
    AuditFailures: isAudited ? undefined : 1,
    EnforcementAge: age === undefined ? undefined : Math.round(age / 1000),
  });
}

/**
 * Writes the failure and its event to the ledger. Another run may hold the lock and write at the same time.
 * @returns the record that was read last
 */
async function writeFailure(failed: FailedRun, first: EnforcementRecord): Promise<EnforcementRecord> {
  const { call, failure, report, run } = failed;
  const { enforcement, log, outbox } = call.services;
  const fingerprint = failureFingerprint(failed);
  const cause = run.action === "parameter" ? "parameter" : "expiry";
  const event = failureEvent(run, { cause, failure, report });
  const events = await outbox.items(run.cluster, `${run.id}#failed`, [event]);
  let record = first;
  for (let attempt = 1; attempt <= RECORD_ATTEMPTS; attempt++) {
    if (attempt > 1) record = await enforcement.read(run.cluster);
    if (record.failure === fingerprint) return record;
    const after = { ...record, failure: fingerprint };
    if (await enforcement.replace(run.cluster, record, after, events)) return record;
  }
  log.error("failure not in the ledger", { reason: "other runs write their own at the same time" });
  return record;
}

const NAMES_ACCOUNTS: ReadonlySet<string> = new Set(["AccountsLeftOut", "RosterRefused", "SessionsRemain"]);

/**
 * The same text for the same failure. A failure that names accounts which cannot be processed is another
 * failure once it names other accounts.
 */
const failureFingerprint = ({ failure: { code, message }, run }: FailedRun): string =>
  NAMES_ACCOUNTS.has(code) ? `${code} ${run.sha256(message)}` : code;

/** @returns whether the audit trail holds the failure */
const auditFailure = ({ call, failure, report, run }: FailedRun): Promise<boolean> =>
  recordResult(call, enforcementSubject({ run }), report, failure).catch((unrecorded: Error) => {
    call.services.log.error("failure not in the audit trail", { reason: unrecorded.message });
    return false;
  });
