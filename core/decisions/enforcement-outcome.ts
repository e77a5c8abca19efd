import { endedAccess } from "../events/access-lists";
import { type Drift, driftEvent } from "../events/drift-event";
import type { Access, AccessEvent } from "../events/events";
import { type Run, type RunOutcome, runEvents } from "../events/run-events";
import { defined } from "../json";
import type { AccountId, Statement } from "../mysql";
import { accountNames, filterAccounts } from "../roster/roster";
import type { ExecutedStatements } from "./apply-events";
import type { EnforcementDecision } from "./decide-enforcement";
import type { KnownEnforcement } from "./is-enforcement-due";

/** What a scheduled run did. */
export interface EnforcementRun extends ExecutedStatements {
  readonly run: Run;
  readonly entry: RunOutcome["entry"];
  /** What enforcement knew before the run. */
  readonly record: KnownEnforcement;
  readonly decision: EnforcementDecision;
  /** The statements that were to run. */
  readonly statements: readonly Statement[];
  /** Accounts that could not be processed. Nothing is said of them but the access that a blocked one lost. */
  readonly unresolved: ReadonlySet<string>;
  /** Accounts that still hold access that has expired. */
  readonly holdsExpired: ReadonlySet<string>;
  /** Those whose access goes on by an account at another host: see `expiredElsewhere`. */
  readonly goesOn: ReadonlySet<string>;
}

export interface EnforcementOutcome {
  readonly events: readonly AccessEvent[];
  /**
   * The drift that remains: the number of statements that would repair it, of accounts that they cannot
   * repair, and of undeclared accounts.
   */
  readonly drift: number;
  /** The same for the same drift, and different for any other; undefined if there is no drift. */
  readonly driftFingerprint: string | undefined;
}

/** The events and the drift of a scheduled run. Drift is reported once, and again when it changes. */
export function enforcementOutcome(done: EnforcementRun): EnforcementOutcome {
  const { decision, record, run, statements, touched } = done;
  const { drift: repair, undeclared } = decision.enforceable;
  const leftOut = [...repair.leftOut.keys()].filter(user => !undeclared.includes(user));
  const drift = { statements: repair.statements, leftOut };
  const fingerprint = driftFingerprint(run, drift, undeclared);
  const isNews = fingerprint !== undefined && fingerprint !== record.drift;
  const isDrift = ({ user }: AccountId) => touched.has(user) && decision.about(user).cause === "drift";
  const repaired = statements.filter(({ accounts }) => accounts.some(isDrift));
  return {
    events: [
      ...accessEvents(done),
      ...(isNews ? [driftEvent(run, drift, undeclared, false)] : []),
      ...(repaired.length > 0 ? [driftEvent(run, { statements: repaired }, [], true)] : []),
    ],
    drift: drift.statements.length + leftOut.length + undeclared.length,
    driftFingerprint: fingerprint,
  };
}

function accessEvents(done: EnforcementRun): AccessEvent[] {
  const { decision, entry, notGone, ran, run, sessionsEnded, shut, touched, unresolved } = done;
  const { about, before, enforceable, pending } = decision;
  const isDone = (account: string) => !unresolved.has(account);
  const hasLost = (account: string) => enforceable.blocked.has(account) && !done.holdsExpired.has(account);
  const lost = [...expiredAccess(done)].filter(
    ([account]) => !done.goesOn.has(account) && (isDone(account) || hasLost(account)),
  );
  const expired = new Map(lost);
  // Access that lies between two rosters, or that waits, has not changed for anyone.
  const changed = new Set([...touched].filter(isDone));
  const concerned = new Set([...changed, ...expired.keys(), ...[...pending].filter(isDone)]);
  const isConcerned = (name: string) => concerned.has(name);
  return runEvents({
    run,
    entry,
    before: filterAccounts(before, isConcerned),
    after: filterAccounts(enforceable.roster, isConcerned),
    touched: changed,
    expired,
    causeOf: account => about(account).cause,
    statements: ran,
    sessionsEnded,
    ...defined({ notGone, shut }),
  });
}

/** Accounts that lost expired access, with that access. A run that died may have begun with some of them. */
function expiredAccess({ decision, record, run, touched }: EnforcementRun): Map<string, readonly Access[]> {
  const { expired, roster } = decision.enforceable;
  const { superseded } = decision;
  const since = record.lastSuccess === undefined ? undefined : new Date(record.lastSuccess);
  const over = [...expired, ...accountNames(superseded)].filter(account => touched.has(account));
  const ended = new Map<string, readonly Access[]>();
  for (const account of new Set([...over, ...(record.open?.expired ?? [])])) {
    const endedSince = (moment?: Date) =>
      [roster, superseded].flatMap(each => endedAccess(each, account, run.at, moment));
    const recent = endedSince(since);
    const access = recent.length > 0 ? recent : endedSince();
    if (access.length > 0) ended.set(account, access);
  }
  return ended;
}

function driftFingerprint(
  { sha256 }: Run,
  { leftOut, statements }: Required<Drift>,
  undeclared: readonly string[],
): string | undefined {
  if (statements.length + leftOut.length + undeclared.length === 0) return undefined;
  const found = [statements.map(({ sql }) => sql), undeclared];
  return sha256(JSON.stringify(leftOut.length === 0 ? found : [...found, leftOut]));
}
