import { plannedWhen } from "../../../core/contract/change-set";
import type { RegistryEntry } from "../../../core/contract/registry-entry";
import type { Cause } from "../../../core/events/events";
import { personOf } from "../../../core/events/run-events";
import type { Roster } from "../../../core/roster/roster";
import { mergeSources, withinCeiling } from "../../../core/source";
import type { AboutAccount } from "../execute/execute-plan";
import { clockDifference } from "../mysql/clock-difference";
import type { MySqlSession } from "../mysql/mysql-session";
import { type Observation, observe } from "../mysql/observe";
import type { Call } from "../services/services";
import { formerlyDeclared, type LedgerState } from "../store/ledger";
import { effectiveSources, type SourceState } from "../store/source-ledger";
import type { Enforcement } from "./enforce";
import { type EnforcementPlan, planEnforcement } from "./enforcement-plan";

/** What an enforcement knows once it holds the cluster's lock. */
export interface ClusterInspection {
  readonly states: readonly SourceState[];
  readonly observation: Observation;
  readonly enforceable: EnforcementPlan;
  /** Accounts whose entry in Parameter Store changed. */
  readonly pending: ReadonlySet<string>;
  readonly before: Roster;
  readonly about: AboutAccount;
}

const NOBODY: Roster = { roles: {}, accounts: {} };

export async function inspectCluster(
  { entry, figures, run }: Enforcement,
  session: MySqlSession,
  { services }: Call,
  state: LedgerState,
): Promise<ClusterInspection> {
  const observation = await observe(session, entry.prefix);
  figures.ClockDifference = await clockDifference(session, services.now);
  const states = await services.sources.ledger.states(run.cluster, entry);
  // While a removal is under way nobody is to be there.
  const leaving = state.head.removing !== undefined;
  const target = leaving ? NOBODY : mergeSources(state.target?.roster ?? NOBODY, states);
  const applied = inForceThere(entry, state, states, target);
  const previouslyDeclared = [
    ...formerlyDeclared(state, target),
    ...states.flatMap(source => source.formerly),
  ];
  const changed = states.filter(({ withdrawn }) => !withdrawn && !leaving);
  const pending = new Set(changed.flatMap(source => [...source.pending, ...source.formerly]));
  const withdrawn = new Set(states.filter(source => source.withdrawn).flatMap(source => source.formerly));
  const plannedAt = state.target ? plannedWhen(state.target.changeSet) : run.at;
  const enforceable = planEnforcement({
    entry,
    target,
    applied,
    plannedAt,
    observation,
    now: run.at,
    previouslyDeclared,
    pending,
    withdrawn,
  });
  const before = mergeSources(
    (state.applied ?? state.target)?.roster ?? NOBODY,
    states.map(({ effective: inForce, name }) => ({ name, roster: inForce })),
  );
  const causeOf = (account: string): Cause =>
    enforceable.expired.has(account) ? "expiry" : pending.has(account) ? "parameter" : "drift";
  const about: AboutAccount = account => {
    const { user } = personOf(account, enforceable.roster, before);
    return { ...(user === account ? {} : { user }), cause: causeOf(account) };
  };
  return { states, observation, enforceable, pending, before, about };
}

/**
 * What is known to be in force, and may be given again. Nothing where another cluster took the name; and nothing that is above a
 * ceiling which was lowered since, or bears another prefix. A source that the registry no longer names has what it had.
 */
function inForceThere(
  entry: RegistryEntry,
  state: LedgerState,
  states: readonly SourceState[],
  target: Roster,
) {
  const { applied, head } = state;
  if (!applied || (head.resourceId !== undefined && head.resourceId !== entry.resourceId)) return undefined;
  const isSettled =
    head.applied === head.target && head.removing === undefined && !states.some(source => source.withdrawn);
  return withinCeiling(isSettled ? target : mergeSources(applied.roster, effectiveSources(states)), entry);
}
