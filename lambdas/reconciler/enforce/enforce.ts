import { changeSetId } from "../../../core/contract/change-set";
import type { EnforceResponse } from "../../../core/contract/enforcement";
import { PROTOCOL } from "../../../core/contract/protocol";
import { isAnyoneShutOut, isEnforcementDue, isSince } from "../../../core/decisions/is-enforcement-due";
import { rosterInEffect } from "../../../core/decisions/rosters-in-effect";
import { withinRules } from "../../../core/decisions/rules/within-rules";
import type { RunAction } from "../../../core/events/events";
import type { Run } from "../../../core/events/run-events";
import { defined } from "../../../core/json";
import type { Roster } from "../../../core/roster/roster";
import type { Unproven } from "../../../core/unproven";
import { sha256Hex } from "../../runtime/hash";
import type { ClusterMetrics } from "../../runtime/metrics";
import { failureEvent, finishRun, sendEvents } from "../execute/finish-run";
import { failureMetrics, reportMetrics } from "../execute/run-metrics";
import { failureOf, RunFailedError, ranCount, reporting } from "../execute/run-report";
import type { ClusterReplacedError } from "../runtime/errors";
import type { Call } from "../services/services";
import { readSources, type SourceReading } from "../sources/source-reading";
import type { EnforcementRecord } from "../store/enforcement-records";
import type { LedgerHead } from "../store/ledger-head";
import { callAbout } from "./call-about";
import { distrustReason, worstUnproven } from "./distrust";
import { type Enforced, enforceCluster } from "./enforce-cluster";
import type { EnforcementRun } from "./enforcement-run";
import { otherCluster } from "./other-cluster";
import { recordFailure } from "./record-failure";

/** The name under which a run that no one planned is recorded. */
export const SCHEDULE = "aurora-users enforcement";

/** With less time than this, a run that failed records the failure and does nothing else. */
const WORTH_MS = 15_000;

interface EnforcementResult {
  readonly response: EnforceResponse;
  /** Absent for a cluster that the registry does not have. */
  readonly metrics: ClusterMetrics | undefined;
}

/**
 * Brings a cluster to the roster that was applied and accepted, as far as time alone decides: removes what
 * expired, applies changes of Parameter Store, and reports or repairs drift. The ledger says what the cluster
 * should hold, not the caller.
 *
 * @throws RunFailedError, AccessError; the next run, or the same call sent again, catches up
 */
export async function enforce(
  cluster: string,
  action: RunAction & ("enforce" | "parameter"),
  received: Call,
): Promise<EnforceResponse> {
  // No gate is new here, and the next run comes soon: an access that is denied fails at once.
  received.services.accessDeniedRetry.end();
  const { services, startedAt } = received;
  let call = received;
  const id = changeSetId(startedAt, services.randomId()).replace(/^cs/, action === "enforce" ? "en" : "pm");
  const run: Run = { id, cluster, action, at: startedAt, plannedBy: SCHEDULE, sha256: sha256Hex };
  services.log.begin({ correlation_id: id, cluster, action });
  const emit = async (metrics: ClusterMetrics) => {
    const EventsHeld = await sendEvents(cluster, call);
    const Duration = services.now().getTime() - startedAt.getTime();
    services.metrics.emit(cluster, { ...metrics, EventsHeld, Duration });
  };
  let result: EnforcementResult;
  try {
    const known = await callAbout(cluster, received);
    if (known === undefined) return nothingManaged(run, received);
    call = known;
    result = await enforceManaged(run, call);
  } catch (error) {
    const { reason, report } = failureOf(error);
    const recorded = await recordFailure({ run, call }, error);
    await emit({ ...reportMetrics(report), ...failureMetrics(reason), ...recorded, Failures: 1 });
    throw error;
  }
  if (result.metrics) await emit(result.metrics);
  return result.response;
}

function nothingManaged(run: Run, { services }: Call): EnforceResponse {
  services.log.info("nothing is managed here yet");
  return answer(run, { outcome: "idle", message: "nothing is managed here yet" });
}

async function enforceManaged(run: Run, call: Call): Promise<EnforcementResult> {
  const { enforcement, ledger, registry } = call.services;
  const { cluster } = run;
  const head = await ledger.head(cluster);
  if (head.target === undefined || head.released !== undefined) {
    const response = nothingManaged(run, call);
    if (!(await registry.has(cluster))) return { response, metrics: undefined };
    const isForged = head.unproven !== undefined || (await isHeadGone(head, enforcement.read(cluster)));
    return { response, metrics: { LedgerHashMismatches: isForged ? 1 : 0 } };
  }
  const record = await enforcement.read(cluster);
  const entry = await registry.entry(cluster);
  const state = await ledger.state(cluster);
  const reading = await readSources(call, entry, cluster);
  const versions = [state.target, state.applied].map(version => version?.roster);
  const states = withinRules(reading.states, versions, { cluster, now: run.at });
  const sourceRefusals = reading.refused.length;
  const replaced = otherCluster(call.services, entry);
  const enforced = reporting({ sourceRefusals }, async () => {
    await reportRefusals(run, reading, call);
    const isProven = state.head.unproven === undefined;
    const roster = rosterInEffect(state, states, run.at);
    const lateLogins = await call.services.lateLogins.until(cluster);
    const isLeft = await call.services.instanceSessions.isLeft(cluster);
    const isDue = isEnforcementDue(state, states, { ...record, lateLogins, isLeft }, run.at);
    // The writer's list of sessions is read in each run. The other servers are asked where there is a reason.
    const isLate =
      isSince(lateLogins, record.lastSuccess, run.at) ||
      isAnyoneShutOut(state.offboarded, record.lastSuccess);
    const enforcementRun = { call, run, entry, record, isLate, isProven, replaced };
    const unproven = worstUnproven(state, states);
    const { failedSources, response, metrics } = (await isAwake(enforcementRun, isDue))
      ? await enforceAwake(enforcementRun, roster)
      : await leaveAsleep(enforcementRun, roster, unproven);
    const SourceRefusals = new Set([...reading.refused.map(({ source }) => source), ...failedSources]).size;
    // Nobody can tell whether an upgrade or somebody with a right to write left the item without a proof.
    const isUnproven = unproven !== undefined || state.offboarded.some(mark => mark.unproven);
    const LedgerHashMismatches = isUnproven ? 1 : 0;
    return { response, metrics: { ...SUCCESS, ...metrics, SourceRefusals, LedgerHashMismatches } };
  });
  return failIf(replaced, enforced);
}

/** The run has done what it could. If another cluster has the endpoint, that is why it counts as failed. */
async function failIf(
  replaced: Promise<ClusterReplacedError | undefined>,
  enforced: Promise<EnforcementResult>,
): Promise<EnforcementResult> {
  const [why, result] = await Promise.all([replaced, enforced.catch((error: unknown) => ({ error }))]);
  const failure = "error" in result ? result : undefined;
  if (why) throw new RunFailedError(why, failure ? failureOf(failure.error).report : {});
  if ("error" in result) throw result.error;
  return result;
}

/** Whether an earlier run knew the cluster. One that failed may have run before the first apply. */
async function isHeadGone({ revision }: LedgerHead, reading: Promise<EnforcementRecord>): Promise<boolean> {
  const { failure, lastSuccess, stored } = await reading;
  return revision === 0 && stored !== undefined && (failure === undefined || lastSuccess !== undefined);
}

interface AwakeResult extends EnforcementResult, Pick<Enforced, "failedSources"> {}

const SUCCESS: ClusterMetrics = { EnforcementAge: 0, Failures: 0, LedgerHashMismatches: 0, AuditFailures: 0 };

async function enforceAwake(enforcement: EnforcementRun, staleRoster: Roster): Promise<AwakeResult> {
  const { call, entry, isProven, run } = enforcement;
  const done = await enforceCluster(enforcement).catch(async error => {
    // A failure must not delay the next expiry, nor a reminder that access ends soon.
    if (call.deadline.left() > WORTH_MS)
      await finishRun(
        { run, entry, roster: staleRoster, events: [], isProven, report: failureOf(error).report },
        call,
      );
    throw error;
  });
  const { events, failedSources, isAudited, message, offboarded, report, roster, stillLocked, unfinished } =
    done;
  const reminders = await finishRun({ run, entry, roster, events, isProven, report }, call);
  if (unfinished) throw new RunFailedError(unfinished, report ?? {});
  const summary = {
    statements: report ? ranCount(report) : 0,
    sessionsEnded: report?.sessionsEnded ?? 0,
    drift: report?.drift ?? 0,
    reminders,
    audited: isAudited,
  };
  call.services.log.info("enforced", { ...summary, detail: message });
  return {
    response: answer(run, {
      outcome: "enforced",
      ...summary,
      ...defined({ offboarded, stillLocked }),
      message,
    }),
    metrics: report ? reportMetrics(report) : {},
    failedSources,
  };
}

async function leaveAsleep(
  { call, entry, isProven, record, run }: EnforcementRun,
  roster: Roster,
  unproven: Unproven | undefined,
): Promise<AwakeResult> {
  const { enforcement, log } = call.services;
  const distrusted = distrustReason(run.cluster, unproven);
  if (!distrusted)
    await enforcement.replace(run.cluster, record, { ...record, lastSuccess: run.at.toISOString() });
  const reminders = await finishRun({ run, entry, roster, events: [], isProven, report: undefined }, call);
  if (distrusted) throw distrusted;
  const message = "the cluster is paused and nothing is due";
  log.info(message);
  return { response: answer(run, { outcome: "asleep", reminders, message }), metrics: {}, failedSources: [] };
}

/** A paused cluster is not woken to look for drift. If its capacity is not known, the run observes it. */
async function isAwake({ call, entry, run }: EnforcementRun, isDue: boolean): Promise<boolean> {
  if (isDue || !entry.pausing) return true;
  try {
    return !(await call.services.capacity.isPaused(entry, run.at));
  } catch (error) {
    call.services.log.error("capacity not known", { reason: (error as Error).message });
    return true;
  }
}

/** Reports each refused document once. The last good document stays in effect. */
async function reportRefusals(run: Run, { refused }: SourceReading, { services }: Call): Promise<void> {
  const events = refused
    .filter(refusal => refusal.new)
    .map(({ code, message, source }) =>
      failureEvent(
        { ...run, action: "parameter" },
        { cause: "parameter", failure: { code, message: `${source}: ${message}` }, about: source },
      ),
    );
  if (events.length > 0) await services.outbox.hold(run.cluster, `${run.id}#refused`, events);
}

const answer = (
  { cluster, id }: Run,
  said: Partial<EnforceResponse> & Pick<EnforceResponse, "outcome" | "message">,
): EnforceResponse => ({
  protocol: PROTOCOL,
  cluster,
  runId: id,
  statements: 0,
  sessionsEnded: 0,
  drift: 0,
  reminders: 0,
  audited: true,
  ...said,
});
