import { onlyChangeSet } from "../../../core/contract/change-set";
import type { ApplyRequest } from "../../../core/contract/payload";
import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { accessOf, endedAccess, sameAccess } from "../../../core/events/access-lists";
import type { AccessEvent, Cause } from "../../../core/events/events";
import { personOf, type Run, runEvents } from "../../../core/events/run-events";
import { expiredAccounts, type ObservedState } from "../../../core/mysql";
import type { Roster } from "../../../core/roster/roster";
import { mergeSources } from "../../../core/source";
import { sha256Hex } from "../../runtime/hash";
import type { AboutAccount, ExecutionReport } from "../execute/execute-plan";
import type { LedgerState } from "../store/ledger";
import type { SourceState } from "../store/source-ledger";

/** What an apply found, and what it is to bring about. */
export interface ApplyFacts {
  readonly request: ApplyRequest;
  readonly entry: RegistryEntry;
  readonly state: LedgerState;
  readonly states: readonly SourceState[];
  /** What it brings about, sources included. */
  readonly roster: Roster;
  readonly observed: ObservedState;
  readonly now: Date;
}

/** How an apply is told: to the audit trail, and as events. */
export interface ApplyEvents {
  readonly about: AboutAccount;
  /** @param waiting statements that an unseen set leaves for the next plan: until then only what was touched is told */
  events(progress: ExecutionReport, waiting: number): AccessEvent[];
  /** Of those the ones about access that has ended: no later run finds anything of it, so a run that fails tells them too. */
  ended(progress: ExecutionReport): AccessEvent[];
}

export const applyRun = (request: ApplyRequest, at: Date): Run => {
  const { id, body } = onlyChangeSet(request.changeSet);
  const { plannedBy, reference } = body;
  const action = request.tf.action === "delete" ? "delete" : "apply";
  return { id, cluster: request.cluster, action, at, plannedBy, reference, sha256: sha256Hex };
};

export function applyEvents(facts: ApplyFacts): ApplyEvents {
  const { entry, now, observed, request, roster, state, states } = facts;
  const settled = states.map(({ effective: inForce, name }) => ({ name, roster: inForce }));
  const before = state.applied ? mergeSources(state.applied.roster, settled) : onlyThere(roster, observed);
  const over = expiredAccounts(roster, observed, now);
  const causeOf = (account: string): Cause => {
    if (over.has(account)) return "expiry";
    const same = sameAccess(accessOf(before, account, now), accessOf(roster, account, now));
    return same && state.applied ? "drift" : "grant";
  };
  const run = applyRun(request, now);
  const events: ApplyEvents["events"] = (progress, waiting) => {
    const done = progress.report.results.filter(({ outcome }) => outcome === "done" || outcome === "gone");
    const touched = new Set(done.flatMap(({ users }) => users));
    const ended = [...over].filter(account => touched.has(account));
    const expired = new Map(ended.map(account => [account, endedAccess(roster, account, now)]));
    return runEvents({
      ...{
        run,
        entry,
        touched,
        expired,
        causeOf,
        after: roster,
        before: waiting > 0 ? without(roster, touched) : before,
      },
      ...{ statements: progress.ran, sessionsEnded: progress.sessionsEnded },
    });
  };
  return {
    about: account => {
      const { user } = personOf(account, roster, before);
      return { ...(user === account ? {} : { user }), cause: causeOf(account) };
    },
    events,
    ended: progress => events(progress, 0).filter(({ type }) => type === "access.expired"),
  };
}

/** Where no apply ever succeeded, an account that is there already is not news. */
const onlyThere = (roster: Roster, { accounts }: ObservedState): Roster => {
  const there = new Set(accounts.map(({ user }) => user));
  return pick(roster, name => there.has(name));
};

const without = (roster: Roster, names: ReadonlySet<string>): Roster =>
  pick(roster, name => !names.has(name));

const pick = (roster: Roster, keep: (account: string) => boolean): Roster => ({
  ...roster,
  accounts: Object.fromEntries(Object.entries(roster.accounts).filter(([name]) => keep(name))),
});
