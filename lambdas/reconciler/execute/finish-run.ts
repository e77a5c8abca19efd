import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { nextExpiry } from "../../../core/decisions/next-expiry";
import type { AccessEvent, Cause } from "../../../core/events/events";
import { commonDetail, type Run } from "../../../core/events/run-events";
import type { Roster } from "../../../core/roster/roster";
import type { Call } from "../services/services";
import { NOTHING_RAN, namedAccounts, type RunReport, ranCount } from "./run-report";

/** With less time than this no more reminders are sent: a run that worked must not end by its time-out. */
const LEAST_MS = 5_000;

/** Does `work`. A failure is logged as `what`, and never fails the run. */
async function attempt<T>(call: Call, what: string, otherwise: T, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    call.services.log.error(what, { reason: (error as Error).message });
    return otherwise;
  }
}

/**
 * Writes a run's events to the outbox, after what they say has happened and before the ledger says so. Never
 * fails.
 */
export const holdEvents = (
  run: Pick<Run, "cluster" | "id">,
  events: readonly AccessEvent[],
  call: Call,
): Promise<void> =>
  attempt(call, "events not written down", undefined, () =>
    call.services.outbox.hold(run.cluster, run.id, events),
  );

/** What a run leaves for the steps after it. */
export interface FinishedRun {
  readonly run: Run;
  readonly entry: RegistryEntry;
  /** The roster in effect, sources included. */
  readonly roster: Roster;
  /** Whether people may be reminded by the roster: not if it is unproven. */
  readonly isProven: boolean;
  /** The events that the run wrote to the outbox. */
  readonly events: readonly AccessEvent[];
  readonly report: RunReport | undefined;
}

/**
 * Does what follows a run: moves the schedule and reminds people of access that ends soon. Never fails.
 * @returns how many reminders were sent
 */
export async function finishRun(finished: FinishedRun, call: Call): Promise<number> {
  const { entry, events, isProven, roster, run } = finished;
  const { reminders } = call.services;
  // The schedule moves first. During the slower steps another run may change the roster, and the time would
  // be outdated.
  await moveSchedule(finished, call);
  await attempt(call, "reminders not marked as sent", undefined, () => reminders.markSent(run, events));
  if (!isProven) return 0;
  return attempt(call, "reminders not sent", 0, () =>
    reminders.send(run, roster, entry, { events, hasTime: () => call.deadline.left() > LEAST_MS }),
  );
}

/**
 * Moves the cluster's schedule to the next expiry, or to the moment after which no login can be late, if that
 * comes first. Never fails.
 */
export const moveSchedule = (
  { entry, report, roster, run }: Pick<FinishedRun, "entry" | "report" | "roster" | "run">,
  call: Call,
): Promise<void> =>
  attempt(call, "schedule not moved", undefined, async () => {
    const { expirySchedule } = entry;
    const { lateLogins, schedule } = call.services;
    const late = report?.lateLoginsUntil;
    if (late) await lateLogins.write(run.cluster, late);
    if (expirySchedule === undefined) return;
    const until = late?.toISOString() ?? (await lateLogins.until(run.cluster));
    // What ended during the run is for the next one, at once.
    const { at } = run;
    const moments = [nextExpiry(roster, at), until === undefined ? undefined : new Date(until)];
    const [first] = moments
      .filter(moment => moment !== undefined && moment > at)
      .sort((a, b) => a!.getTime() - b!.getTime());
    await schedule.moveTo(expirySchedule, first);
  });

/** Sends the events that wait in the outbox. Never fails. @returns how many still wait */
export async function sendEvents(cluster: string, { services }: Call): Promise<number> {
  const { unproven, waiting } = await services.outbox.send(cluster);
  if (unproven > 0) services.metrics.emit(cluster, { LedgerHashMismatches: 1 });
  if (waiting > 0) services.log.error("events wait for the next run", { waiting });
  return waiting;
}

/** A run that failed, or a document that was refused. */
export interface FailedRun {
  readonly cause: Cause;
  readonly failure: { readonly code: string; readonly message: string };
  /** Makes the event's id unique within the run. */
  readonly about?: string;
  readonly report?: RunReport;
}

/** The event of a run that failed, or of a document that was refused. */
export const failureEvent = (
  run: Run,
  { about = "failed", cause, failure, report = NOTHING_RAN }: FailedRun,
): AccessEvent => ({
  type: "reconcile.failed",
  detail: {
    ...commonDetail(run, cause, about),
    action: run.action,
    code: failure.code,
    message: failure.message.slice(0, 8_000),
    ran: ranCount(report),
    of: report.results.length,
    accounts: namedAccounts(report).slice(0, 1_000),
  },
});
