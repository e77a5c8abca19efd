import { type AboutAccount, aboutAccounts } from "../events/about-account";
import { accessOf, endedAccess, sameAccess, sameOptions } from "../events/access-lists";
import type { AccessEvent, Cause } from "../events/events";
import { renamedAccounts } from "../events/renamed-accounts";
import { type Run, runEvents } from "../events/run-events";
import { defined } from "../json";
import { expiredAccounts, expiredElsewhere, type ObservedState, rosterSpelledAs } from "../mysql";
import { filterAccounts, type Roster } from "../roster/roster";
import { mergeSources } from "../source";
import type { RegisteredCluster } from "./known-cluster";
import { effectiveRosters } from "./rosters-in-effect";

/** What an apply found, and the roster that it puts into effect. */
export interface ApplyFacts extends RegisteredCluster {
  readonly run: Run;
  /** Sources included. */
  readonly roster: Roster;
  readonly observed: ObservedState;
}

/** What the statements of a run did. */
export interface ExecutedStatements {
  /** How many ran. */
  readonly ran: number;
  /** Accounts that they changed. */
  readonly touched: ReadonlySet<string>;
  /** Those of them that they dropped or locked. Absent: not known. */
  readonly shut?: ReadonlySet<string>;
  readonly sessionsEnded: number;
  /** Accounts that had to go and are locked only, with the objects that run with their rights. */
  readonly notGone?: ReadonlyMap<string, readonly string[]>;
}

/** What an apply did not do. */
export interface RemainingAccounts {
  /** Statements that an unseen set leaves for the next plan: then only changed accounts are reported. */
  readonly waiting: number;
  /** Accounts that are not as declared. Nothing is claimed about them. */
  readonly leftOut: ReadonlySet<string>;
  /** What the cluster holds now. Absent: not known, so what another account held before counts as held. */
  readonly after?: ObservedState;
}

/** What the audit trail and the events say of an apply. */
export interface ApplyEvents {
  readonly about: AboutAccount;
  all(executed: ExecutedStatements, remaining: RemainingAccounts): AccessEvent[];
  /**
   * The events about access that has ended. A run that fails sends them too, as no later run finds that
   * access.
   */
  ended(executed: ExecutedStatements): AccessEvent[];
}

const NOTHING_REMAINS: RemainingAccounts = { waiting: 0, leftOut: new Set() };

export function applyEvents(facts: ApplyFacts): ApplyEvents {
  const { entry, observed, roster, run, state, states } = facts;
  const now = run.at;
  const before = state.applied
    ? rosterSpelledAs(mergeSources(state.applied.roster, effectiveRosters(states), now), roster, observed)
    : onlyExisting(roster, observed);
  const renamed = renamedAccounts(before, roster);
  const over = expiredAccounts(roster, observed, now);
  const open = new Set(observed.accounts.filter(({ locked }) => !locked).map(({ user }) => user));
  const causeOf = (account: string): Cause => {
    if (over.has(account)) return "expiry";
    if (roster.accounts[account]?.offboarded !== undefined && open.has(account)) return "offboarding";
    const same =
      sameAccess(accessOf(before, account, now), accessOf(roster, account, now)) &&
      sameOptions(account, before, roster);
    return same && state.applied ? "drift" : "grant";
  };
  const all: ApplyEvents["all"] = (
    { notGone, ran, sessionsEnded, shut, touched: changed },
    { after = observed, leftOut, waiting },
  ) => {
    // What is not done for an account is not done by its former name either.
    const isDone = (account: string) => !leftOut.has(renamed.get(account) ?? account);
    const touched = new Set([...changed].map(name => renamed.get(name) ?? name).filter(isDone));
    const goesOn = expiredElsewhere(roster, after, now);
    const ended = [...over].filter(account => touched.has(account) && !goesOn.has(account));
    const then = waiting > 0 ? filterAccounts(roster, name => !touched.has(name)) : before;
    return runEvents({
      run,
      entry,
      before: filterAccounts(then, isDone),
      after: filterAccounts(roster, isDone),
      touched,
      expired: new Map(ended.map(account => [account, endedAccess(roster, account, now)])),
      causeOf,
      statements: ran,
      sessionsEnded,
      ...defined({ notGone, shut }),
    });
  };
  return {
    about: aboutAccounts(causeOf, roster, before),
    all,
    ended: executed => all(executed, NOTHING_REMAINS).filter(({ type }) => type === "access.expired"),
  };
}

/** If no apply ever succeeded, accounts that exist already are no news. */
function onlyExisting(roster: Roster, { accounts }: ObservedState): Roster {
  const existing = new Set(accounts.map(({ user }) => user));
  return filterAccounts(roster, name => existing.has(name));
}
