import { createHash } from "node:crypto";
import { changeSetId } from "../../../core/contract/change-set";
import type { EnforceResponse } from "../../../core/contract/enforcement";
import { PROTOCOL } from "../../../core/contract/protocol";
import type { RegistryEntry } from "../../../core/contract/registry-entry";
import type { RunAction } from "../../../core/events/events";
import type { Run } from "../../../core/events/run-events";
import type { Roster } from "../../../core/roster/roster";
import { mergeSources } from "../../../core/source";
import { sha256Hex } from "../../runtime/hash";
import type { ClusterMetrics } from "../../runtime/metrics";
import { ExecutionReport, recordResult } from "../execute/execute-plan";
import { failureEvent, finishRun, sendEvents } from "../execute/finish-run";
import { describeError, LedgerHashError } from "../runtime/errors";
import type { Call } from "../services/services";
import { readSources, type SourceReading } from "../sources/source-reading";
import type { EnforcementRecord } from "../store/enforcement-records";
import type { LedgerState } from "../store/ledger";
import { effectiveSources, type SourceState } from "../store/source-ledger";
import { enforceCluster } from "./enforce-cluster";

/** One scheduled run on one cluster, or one that a change of a parameter asked for. */
export interface Enforcement {
  readonly run: Run;
  readonly entry: RegistryEntry;
  readonly record: EnforcementRecord;
  readonly figures: ClusterMetrics;
  readonly progress: ExecutionReport;
}

/** Who is said to have planned what nobody planned. */
export const SCHEDULE = "aurora-users enforcement";

/**
 * Brings a cluster to what was applied and accepted, as far as time alone decides: what expired goes, what Parameter Store says is
 * done, drift is told or put right. Asks the ledger what should be, never the caller.
 *
 * @throws AccessError when the cluster could not be enforced; the next run, or the same call sent again, catches up
 */
export async function enforce(
  cluster: string,
  action: RunAction & ("enforce" | "parameter"),
  call: Call,
): Promise<EnforceResponse> {
  const { services, startedAt } = call;
  const { enforcement, ledger, log, registry } = services;
  const id = changeSetId(startedAt, services.randomId()).replace(/^cs/, action === "enforce" ? "en" : "pm");
  const run: Run = { id, cluster, action, at: startedAt, plannedBy: SCHEDULE, sha256: sha256Hex };
  log.begin({ correlation_id: id, cluster, action });
  // No gate is new here, and the next run comes soon: who is denied something hears of it at once.
  services.accessDeniedRetry.end();
  const figures: ClusterMetrics = {};
  const progress = new ExecutionReport();
  try {
    const head = await ledger.head(cluster);
    if (head.target === undefined || head.released !== undefined) {
      log.info("nothing is managed here yet");
      return answer(run, { outcome: "idle", message: "nothing is managed here yet" });
    }
    const record = await enforcement.read(cluster);
    const entry = await registry.entry(cluster);
    const response = await reconcile({ run, entry, record, figures, progress }, call);
    figures.Failures = 0;
    figures.LedgerHashMismatches = 0;
    figures.AuditFailures ??= 0;
    return response;
  } catch (error) {
    await recordFailure(run, progress, call, error, figures);
    throw error;
  } finally {
    figures.EventsHeld = await sendEvents(cluster, call);
    figures.Duration = services.now().getTime() - startedAt.getTime();
    services.metrics.emit(cluster, figures);
  }
}

async function reconcile(given: Enforcement, call: Call): Promise<EnforceResponse> {
  const { entry, figures, record, run } = given;
  const { enforcement, ledger, log } = call.services;
  const state = await ledger.state(run.cluster);
  const reading = await readSources(call, entry, run.cluster);
  figures.SourceRefusals = reading.refused.length;
  await tellRefusals(run, reading, call);

  const { states } = reading;
  const lasts = inForce(state, states);
  if (!(await isAwake(given, due(state, states, record, run.at), call))) {
    await enforcement.replace(run.cluster, record, { ...record, lastSuccess: run.at.toISOString() });
    figures.EnforcementAge = 0;
    const reminders = await finishRun(run, entry, lasts, [], call);
    log.info("the cluster is paused and nothing is due");
    return answer(run, { outcome: "asleep", reminders, message: "the cluster is paused and nothing is due" });
  }

  const done = await enforceCluster(given, call).catch(async error => {
    // What keeps one run from its end must not make the next expiry late, nor keep from anybody that access ends soon.
    if (call.deadline.left() > WORTH_MS) await finishRun(run, entry, lasts, [], call);
    throw error;
  });
  const reminders = await finishRun(run, entry, done.roster, done.events, call);
  if (done.unfinished) throw done.unfinished;
  figures.EnforcementAge = 0;
  const { audited, drift, message, sessionsEnded, statements } = done;
  log.info("enforced", { statements, sessionsEnded, drift, reminders, audited, detail: message });
  return answer(run, {
    outcome: "enforced",
    statements,
    sessionsEnded,
    drift,
    reminders,
    audited,
    message,
  });
}

/** What is known to be in force, sources included. */
const inForce = (state: LedgerState, states: readonly SourceState[]): Roster =>
  mergeSources(state.applied?.roster ?? { roles: {}, accounts: {} }, effectiveSources(states));

/** Whether anything but drift is to be looked after. */
function due(
  state: LedgerState,
  states: readonly SourceState[],
  record: EnforcementRecord,
  now: Date,
): boolean {
  if (record.open || record.lastSuccess === undefined) return true;
  if (states.some(({ formerly, pending, withdrawn }) => !withdrawn && pending.length + formerly.length > 0))
    return true;
  const since = Date.parse(record.lastSuccess);
  const rosters = [
    state.target?.roster,
    state.applied?.roster,
    ...effectiveSources(states).map(({ roster }) => roster),
  ];
  return rosters
    .flatMap(roster => Object.values(roster?.accounts ?? {}))
    .flatMap(({ databases }) => Object.values(databases))
    .some(
      ({ expires }) =>
        expires !== undefined && Date.parse(expires) > since && Date.parse(expires) <= now.getTime(),
    );
}

/** A paused cluster is not woken to look for drift. Where nobody can tell, it is looked at. */
async function isAwake({ entry, run }: Enforcement, isDue: boolean, { services }: Call): Promise<boolean> {
  if (isDue || !entry.pausing) return true;
  try {
    return !(await services.capacity.isPaused(entry, run.at));
  } catch (error) {
    services.log.error("capacity not known", { reason: (error as Error).message });
    return true;
  }
}

/** A document that was refused is told once; the last good one stays in force. */
async function tellRefusals(run: Run, { refused }: SourceReading, { services }: Call): Promise<void> {
  const events = refused
    .filter(refusal => refusal.new)
    .map(({ code, message, source }) =>
      failureEvent(
        { ...run, action: "parameter" },
        "parameter",
        { code, message: `${source}: ${message}` },
        source,
      ),
    );
  if (events.length > 0) await services.outbox.hold(run.cluster, `${run.id}#refused`, events);
}

const RECORD_ATTEMPTS = 5;
/** With less time than this a run that failed records that, and does nothing else. */
const WORTH_MS = 15_000;

/** A failure is told when it is another than the last; `EnforcementAge` and `Failures` say it each time. */
async function recordFailure(
  run: Run,
  progress: ExecutionReport,
  call: Call,
  error: unknown,
  figures: ClusterMetrics,
): Promise<void> {
  const { enforcement, log, outbox, now } = call.services;
  const told = describeError(error);
  figures.Failures = 1;
  figures.Statements = progress.ran;
  if (error instanceof LedgerHashError) figures.LedgerHashMismatches = 1;
  log.error("enforcement failed", {
    code: told.code,
    detail: told.message.slice(0, 2_000),
    ran: progress.ran,
  });
  try {
    for (let attempt = 1; attempt <= RECORD_ATTEMPTS; attempt++) {
      const record = await enforcement.read(run.cluster);
      if (record.lastSuccess !== undefined)
        figures.EnforcementAge = Math.round((now().getTime() - Date.parse(record.lastSuccess)) / 1000);
      const failure = failureOf(told);
      const isNews = record.failure !== failure;
      if (attempt === 1 && (isNews || progress.report.results.length > 0))
        await auditFailure(run, progress, call, told, figures);
      if (!isNews) return;
      const { results } = progress.report;
      const about = {
        ran: progress.ran,
        of: results.length,
        accounts: [...new Set(results.flatMap(({ users }) => users))],
      };
      const cause = run.action === "parameter" ? "parameter" : "expiry";
      const events = outbox.items(run.cluster, `${run.id}#failed`, [
        failureEvent(run, cause, told, "failed", about),
      ]);
      // Another run may hold the lock, and write what it did meanwhile.
      if (await enforcement.replace(run.cluster, record, { ...record, failure }, events)) return;
    }
    log.error("failure not in the ledger", { reason: "other runs write their own at the same time" });
  } catch (unrecorded) {
    log.error("failure not in the ledger", { reason: (unrecorded as Error).message });
  }
}

/** What tells a failure from the last. Where accounts are named that cannot be dealt with, others are another failure. */
const failureOf = ({ code, message }: { code: string; message: string }): string =>
  code === "RosterRefused" ? `${code} ${createHash("sha256").update(message).digest("hex")}` : code;

async function auditFailure(
  { action, cluster, id, plannedBy }: Run,
  progress: ExecutionReport,
  call: Call,
  told: { code: string; message: string },
  figures: ClusterMetrics,
): Promise<void> {
  const subject = { cluster, changeSet: id, action, who: plannedBy };
  await recordResult(call, subject, progress, told).catch(unrecorded => {
    figures.AuditFailures = 1;
    call.services.log.error("failure not in the audit trail", { reason: (unrecorded as Error).message });
  });
}

const answer = (
  { cluster, id }: Run,
  said: Partial<EnforceResponse> & Pick<EnforceResponse, "outcome" | "message">,
): EnforceResponse => ({
  ...{
    protocol: PROTOCOL,
    cluster,
    runId: id,
    statements: 0,
    sessionsEnded: 0,
    drift: 0,
    reminders: 0,
    audited: true,
  },
  ...said,
});
