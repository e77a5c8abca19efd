import type { RegistryEntry } from "../../../core/contract/registry-entry";
import type { AccessEvent, Cause } from "../../../core/events/events";
import { commonDetail, type Run } from "../../../core/events/run-events";
import { holdsAt, type Roster } from "../../../core/roster/roster";
import type { Call } from "../services/services";

/** With less time than this nobody is reminded any more: a run that worked must not end by its time-out. */
const LEAST_MS = 5_000;

/** A failed message fails no run. */
async function attempt<T>(call: Call, what: string, otherwise: T, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    call.services.log.error(what, { reason: (error as Error).message });
    return otherwise;
  }
}

/** Writes a run's events down, once what they say has happened and before the ledger says so. */
export const holdEvents = (run: Run, events: readonly AccessEvent[], call: Call): Promise<void> =>
  attempt(call, "events not written down", undefined, () =>
    call.services.outbox.hold(run.cluster, run.id, events),
  );

/**
 * What follows a run: people are reminded of what ends soon, and the schedule moves to the next expiry. None of it can
 * make the run fail.
 *
 * @param roster what is in force now, sources included
 * @param events what the run told
 * @returns how many reminders were told
 */
export async function finishRun(
  run: Run,
  entry: RegistryEntry,
  roster: Roster,
  events: readonly AccessEvent[],
  call: Call,
): Promise<number> {
  const { reminders } = call.services;
  // First of all, as what takes its time must not make it say what was so before another run.
  await attempt(call, "schedule not moved", undefined, () => moveSchedule(entry, roster, call));
  await attempt(call, "reminders not kept", undefined, () => reminders.markTold(run, events));
  const told = await attempt(call, "reminders not sent", 0, () =>
    reminders.tell(run, roster, entry, () => call.deadline.left() > LEAST_MS),
  );
  return told;
}

/** Sends what waits. @returns the figure for it */
export async function sendEvents(cluster: string, { services }: Call): Promise<number> {
  const waiting = await services.outbox.send(cluster);
  if (waiting > 0) services.log.error("events wait for the next run", { waiting });
  return waiting;
}

async function moveSchedule(
  { expirySchedule }: RegistryEntry,
  roster: Roster,
  { services }: Call,
): Promise<void> {
  if (expirySchedule === undefined) return;
  await services.schedule.moveTo(expirySchedule, nextExpiry(roster, services.now()));
}

/** When the next grant ends that holds now. */
function nextExpiry(roster: Roster, now: Date): Date | undefined {
  const moments = Object.values(roster.accounts)
    .flatMap(({ databases }) => Object.values(databases))
    .filter(grant => grant.expires !== undefined && holdsAt(grant, now))
    .map(({ expires }) => Date.parse(expires!));
  return moments.length === 0 ? undefined : new Date(moments.reduce((a, b) => Math.min(a, b)));
}

/** What is told of a run that failed or was refused. */
export const failureEvent = (
  run: Run,
  cause: Cause,
  told: { readonly code: string; readonly message: string },
  about = "failed",
  progress: { ran: number; of: number; accounts: readonly string[] } = { ran: 0, of: 0, accounts: [] },
): AccessEvent => ({
  type: "reconcile.failed",
  detail: {
    ...commonDetail(run, cause, about),
    ...{ action: run.action, code: told.code, message: told.message.slice(0, 8_000) },
    ...{ ran: progress.ran, of: progress.of, accounts: progress.accounts.slice(0, 1_000) as string[] },
  },
});
