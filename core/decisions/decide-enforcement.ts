import { plannedWhen } from "../contract/change-set";
import { type AboutAccount, aboutAccounts } from "../events/about-account";
import type { Cause } from "../events/events";
import { rosterSpelledAs } from "../mysql";
import { byBothNames, withAccounts } from "../mysql/both-names";
import { existingNames, withNames } from "../mysql/existing-names";
import { withHosts } from "../mysql/former-hosts";
import { takenOverIn } from "../mysql/named-accounts";
import { isLockedIn } from "../mysql/suspend";
import { withOffboarded, withSuspended } from "../roster/offboarded";
import { accountNames, EMPTY_ROSTER, type Roster } from "../roster/roster";
import { mergeSources, supersededGrants, withinCeiling } from "../source";
import { admitSources } from "./admit-sources";
import type { KnownSource, RegisteredCluster } from "./known-cluster";
import { type EnforcementPlan, type Observed, planEnforcement } from "./plan-enforcement";
import {
  effectiveRosters,
  previouslyDeclared,
  rostersUntilNextApply,
  withoutUnproven,
} from "./rosters-in-effect";

/** What an enforcement knows once it holds the cluster's lock. */
export interface EnforcementSituation extends RegisteredCluster {
  readonly observation: Observed;
  readonly now: Date;
  /** When a run last succeeded. */
  readonly lastSuccess?: string | undefined;
}

export interface EnforcementDecision {
  readonly enforceable: EnforcementPlan;
  /** Accounts whose entry in Parameter Store changed. */
  readonly pending: ReadonlySet<string>;
  /** Grants of sources that have ended and in whose place another source's grant holds. */
  readonly superseded: Roster;
  /** Accounts that cannot be as sources say, and why. That is their failure, not the run's. */
  readonly sourceProblems: ReadonlyMap<string, string>;
  /** Why the run leaves others as they are: a roster is wrong, or the administrator lacks rights. */
  readonly problems: readonly string[];
  /** Why other accounts cannot become as declared although the rosters are right, by user name. */
  readonly leftOut: ReadonlyMap<string, string>;
  /** The roster that was in effect before the run, sources included. */
  readonly before: Roster;
  readonly about: AboutAccount;
}

/** Decides what a scheduled run does, from the ledger, the sources and the cluster. */
export function decideEnforcement(given: EnforcementSituation): EnforcementDecision {
  const { entry, now, observation, state } = given;
  const { observed } = observation;
  const reviewed = state.target?.roster ?? EMPTY_ROSTER;
  const { sources, strangers } = admitSources(given, reviewed, observed);
  const states = withoutUnproven(sources, observed, now);
  const situation = { ...given, states };
  // While a removal is under way, no one may have access.
  const isLeaving = state.head.removing !== undefined;
  const merged = isLeaving
    ? EMPTY_ROSTER
    : withOffboarded(mergeSources(reviewed, states, now), state.offboarded, entry, isLockedIn(observed));
  const { formerToo, named, ...rosters } = rostersByName(situation, merged);
  const superseded = named(supersededGrants(merged, states, now));
  const changed = states.filter(({ withdrawn }) => !withdrawn && !isLeaving);
  const changedBy = sourcesByAccount(changed);
  const pending = new Set(changedBy.keys());
  const enforceable = planEnforcement({
    entry,
    ...rosters,
    takeOver: takenOverIn(entry, reviewed),
    mayGive: state.head.unproven === undefined,
    plannedAt: state.target ? plannedWhen(state.target.changeSet) : now,
    observation,
    now,
    pending,
    disabledEvents: state.disabledEvents,
    passwords: state.passwords,
    superseded: new Set(accountNames(superseded)),
    offboarded: state.offboarded,
    lastSuccess: given.lastSuccess,
  });
  const inEffect = (state.applied ?? state.target)?.roster ?? EMPTY_ROSTER;
  const before = withSuspended(
    rosterSpelledAs(
      withAccounts(named(mergeSources(inEffect, effectiveRosters(states), now)), formerToo),
      enforceable.roster,
      observed,
    ),
    user => enforceable.reinstated.has(user),
  );
  const aboutRun = aboutAccounts(causesOf(enforceable, superseded, pending), enforceable.roster, before);
  return {
    enforceable,
    pending,
    superseded,
    before,
    about: account => {
      const about = aboutRun(account);
      return about.cause === "parameter" ? { ...about, sources: changedBy.get(account) } : about;
    },
    ...unprocessed(situation, enforceable, strangers),
  };
}

/** Why a run touches an account. */
const causesOf =
  (enforceable: EnforcementPlan, superseded: Roster, pending: ReadonlySet<string>) =>
  (account: string): Cause =>
    enforceable.expired.has(account) ||
    enforceable.oldPasswords.has(account) ||
    Object.hasOwn(superseded.accounts, account)
      ? "expiry"
      : pending.has(account)
        ? "parameter"
        : enforceable.offboardedBy(account) !== undefined || enforceable.reinstated.has(account)
          ? "offboarding"
          : "drift";

/** By account, the names of the sources whose documents change it. */
function sourcesByAccount(changed: readonly KnownSource[]): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const { formerly, name, pending } of changed)
    for (const account of new Set([...pending, ...formerly]))
      names.set(account, [...(names.get(account) ?? []), name]);
  return names;
}

/**
 * What the ledger and the sources declare, by the names by which the accounts exist: a run renames nobody,
 * and access ends by whichever name an account has.
 */
function rostersByName(situation: EnforcementSituation, merged: Roster) {
  const { observation, state, states } = situation;
  const withdrawn = awaitingApply(states);
  const earlier = [
    ...previouslyDeclared(state, merged),
    ...states.flatMap(({ formerly, own }) => [...formerly, ...withHosts(Object.keys(own))]),
  ];
  const applied = rosterThatMayBeGiven(situation, merged);
  const { observed } = observation;
  const names = existingNames({ target: merged, applied, observed, previouslyDeclared: earlier, withdrawn });
  const both = byBothNames({ target: merged, applied }, names.both, observed, situation.now);
  const target = withAccounts(withNames(merged, names.target), both.target);
  const all = new Map([...names.applied, ...names.target]);
  return {
    target,
    applied:
      applied === merged ? target : applied && withAccounts(withNames(applied, names.applied), both.applied),
    previouslyDeclared: earlier,
    withdrawn,
    formerNames: names.target,
    leftNames: new Map([...names.target].filter(([user]) => names.applied.has(user))),
    named: (roster: Roster) => withNames(roster, all),
    formerToo: both.applied,
  };
}

/**
 * Accounts of withdrawn sources, which go with an apply: those that such a source still has in effect, and
 * those that no other source has. For another source's account the run does what that source says.
 */
function awaitingApply(states: readonly KnownSource[]): ReadonlySet<string> {
  const present = states.filter(({ withdrawn }) => !withdrawn);
  const others = new Set(present.flatMap(({ formerly, own }) => [...formerly, ...Object.keys(own)]));
  const withdrawn = states.filter(source => source.withdrawn);
  return new Set(
    withdrawn.flatMap(({ effective, formerly }) =>
      formerly.filter(name => Object.hasOwn(effective.accounts, name) || !others.has(name)),
    ),
  );
}

/** Tells apart what is in the way of reviewed rosters and of expiry, and what only sources ask for. */
function unprocessed(
  { state, states }: EnforcementSituation,
  { blocked, expired, leftOut, problems }: EnforcementPlan,
  strangers: ReadonlyMap<string, string>,
): Pick<EnforcementDecision, "leftOut" | "problems" | "sourceProblems"> {
  const isReviewed = (account: string) =>
    [state.target, state.applied].some(version => version && Object.hasOwn(version.roster.accounts, account));
  const isOnlyOfSources = ([account]: readonly [string, string]) =>
    !isReviewed(account) &&
    !expired.has(account) &&
    states.some(({ roster }) => Object.hasOwn(roster.accounts, account));
  const isOfRun = (one: readonly [string, string]) => !isOnlyOfSources(one);
  return {
    sourceProblems: new Map([...strangers, ...[...leftOut, ...blocked].filter(isOnlyOfSources)]),
    problems: [...new Set([...[...blocked].filter(isOfRun).map(([, why]) => why), ...problems])],
    leftOut: new Map([...leftOut].filter(isOfRun)),
  };
}

/**
 * The roster that is known to be in effect, and that may be given again.
 * - Undefined if another cluster took the name.
 * - Without grants above a ceiling that was lowered since, and without accounts of another prefix.
 * - A source that the registry no longer names keeps what it had.
 */
function rosterThatMayBeGiven(
  { entry, now, observation, state, states }: EnforcementSituation,
  target: Roster,
): Roster | undefined {
  const { applied, head } = state;
  if (!applied || (head.resourceId !== undefined && head.resourceId !== entry.resourceId)) return undefined;
  const isSettled =
    head.applied === head.target && head.removing === undefined && !states.some(source => source.withdrawn);
  const merged = mergeSources(applied.roster, rostersUntilNextApply(states), now);
  const isLocked = isLockedIn(observation.observed);
  const shut = isSettled ? target : withOffboarded(merged, state.offboarded, entry, isLocked);
  return withinCeiling(shut, entry);
}
