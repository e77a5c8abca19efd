import type { RegistryEntry } from "../../../core/contract/registry-entry";
import type { AboutAccount } from "../../../core/decisions/about-account";
import { accessOf, endedAccess, sameAccess } from "../../../core/events/access-lists";
import type { AccessEvent, Cause } from "../../../core/events/events";
import { personOf, type Run, runEvents } from "../../../core/events/run-events";
import { expiredAccounts, type ObservedState } from "../../../core/mysql";
import { filterAccounts, type Roster } from "../../../core/roster/roster";
import { mergeSources } from "../../../core/source";
import { type RunReport, ranCount, touchedAccounts } from "../execute/run-report";
import type { LedgerState } from "../store/ledger";
import type { SourceState } from "../store/source-ledger";

/** What an apply found, and the roster that it puts into effect. */
export interface ApplyFacts {
  readonly run: Run;
  readonly entry: RegistryEntry;
  readonly state: LedgerState;
  readonly states: readonly SourceState[];
  /** Sources included. */
  readonly roster: Roster;
  readonly observed: ObservedState;
}

/** What the audit trail and the events say of an apply. */
export interface ApplyEvents {
  readonly about: AboutAccount;
  /** @param waiting statements that an unseen set leaves for the next plan: then only changed accounts are reported */
  all(report: RunReport, waiting: number): AccessEvent[];
  /** The events about access that has ended. A run that fails sends them too, as no later run finds that access. */
  ended(report: RunReport): AccessEvent[];
}

export function applyEvents(facts: ApplyFacts): ApplyEvents {
  const { entry, observed, roster, run, state, states } = facts;
  const now = run.at;
  const effective = states.map(source => ({ name: source.name, roster: source.effective }));
  const before = state.applied
    ? mergeSources(state.applied.roster, effective)
    : onlyExisting(roster, observed);
  const over = expiredAccounts(roster, observed, now);
  const causeOf = (account: string): Cause => {
    if (over.has(account)) return "expiry";
    const same = sameAccess(accessOf(before, account, now), accessOf(roster, account, now));
    return same && state.applied ? "drift" : "grant";
  };
  const all: ApplyEvents["all"] = (report, waiting) => {
    const touched = touchedAccounts(report);
    const ended = [...over].filter(account => touched.has(account));
    return runEvents({
      run,
      entry,
      before: waiting > 0 ? filterAccounts(roster, name => !touched.has(name)) : before,
      after: roster,
      touched,
      expired: new Map(ended.map(account => [account, endedAccess(roster, account, now)])),
      causeOf,
      statements: ranCount(report),
      sessionsEnded: report.sessionsEnded,
    });
  };
  return {
    about: account => {
      const { user } = personOf(account, roster, before);
      return { user: user === account ? undefined : user, cause: causeOf(account) };
    },
    all,
    ended: report => all(report, 0).filter(({ type }) => type === "access.expired"),
  };
}

/** If no apply ever succeeded, accounts that exist already are no news. */
function onlyExisting(roster: Roster, { accounts }: ObservedState): Roster {
  const existing = new Set(accounts.map(({ user }) => user));
  return filterAccounts(roster, name => existing.has(name));
}
