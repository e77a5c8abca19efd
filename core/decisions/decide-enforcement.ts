import { plannedWhen } from "../contract/change-set";
import { type AboutAccount, aboutAccounts } from "../events/about-account";
import { EMPTY_ROSTER, type Roster } from "../roster/roster";
import { mergeSources, withinCeiling } from "../source";
import type { RegisteredCluster } from "./known-cluster";
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
}

export interface EnforcementDecision {
  readonly enforceable: EnforcementPlan;
  /** Accounts whose entry in Parameter Store changed. */
  readonly pending: ReadonlySet<string>;
  /** The roster that was in effect before the run, sources included. */
  readonly before: Roster;
  readonly about: AboutAccount;
}

/** Decides what a scheduled run does, from the ledger, the sources and the cluster. */
export function decideEnforcement(situation: EnforcementSituation): EnforcementDecision {
  const { entry, now, observation, state } = situation;
  const states = withoutUnproven(situation.states, observation.observed, now);
  // While a removal is under way, no one may have access.
  const isLeaving = state.head.removing !== undefined;
  const target = isLeaving ? EMPTY_ROSTER : mergeSources(state.target?.roster ?? EMPTY_ROSTER, states);
  const changed = states.filter(({ withdrawn }) => !withdrawn && !isLeaving);
  const pending = new Set(changed.flatMap(source => [...source.pending, ...source.formerly]));
  const withdrawn = states.filter(source => source.withdrawn).flatMap(({ formerly }) => formerly);
  const enforceable = planEnforcement({
    entry,
    target,
    applied: rosterThatMayBeGiven({ ...situation, states }, target),
    mayGive: state.head.unproven === undefined,
    plannedAt: state.target ? plannedWhen(state.target.changeSet) : now,
    observation,
    now,
    previouslyDeclared: [...previouslyDeclared(state, target), ...states.flatMap(source => source.formerly)],
    pending,
    disabledEvents: state.disabledEvents,
    withdrawn: new Set(withdrawn),
  });
  const before = mergeSources(
    (state.applied ?? state.target)?.roster ?? EMPTY_ROSTER,
    effectiveRosters(states),
  );
  const causeOf = (account: string) =>
    enforceable.expired.has(account) ? "expiry" : pending.has(account) ? "parameter" : "drift";
  return { enforceable, pending, before, about: aboutAccounts(causeOf, enforceable.roster, before) };
}

/**
 * The roster that is known to be in effect, and that may be given again.
 * - Undefined if another cluster took the name.
 * - Without grants above a ceiling that was lowered since, and without accounts of another prefix.
 * - A source that the registry no longer names keeps what it had.
 */
function rosterThatMayBeGiven(
  { entry, state, states }: EnforcementSituation,
  target: Roster,
): Roster | undefined {
  const { applied, head } = state;
  if (!applied || (head.resourceId !== undefined && head.resourceId !== entry.resourceId)) return undefined;
  const isSettled =
    head.applied === head.target && head.removing === undefined && !states.some(source => source.withdrawn);
  return withinCeiling(
    isSettled ? target : mergeSources(applied.roster, rostersUntilNextApply(states)),
    entry,
  );
}
