import { mergedRoster } from "../../../core/decisions/merged-roster";
import { unshownReason } from "../../../core/decisions/unshown-reason";
import { assembleStatements, type ObservedState, type StatementsPlan } from "../../../core/mysql";
import { nameSome } from "../../../core/name-some";
import type { Roster } from "../../../core/roster/roster";
import type { Observation } from "../mysql/observe";
import { DatabaseMovedError, RosterRefusedError } from "../runtime/errors";
import type { LedgerState } from "../store/ledger";
import type { SourceState } from "../store/source-ledger";
import { assertOwner } from "./assert-owner";
import type { LockedHookRun } from "./hook-run";

/** What an apply found, and the statements that it may run. */
export interface ApplyPlan {
  /** Terraform's roster and the sources together. */
  readonly roster: Roster;
  readonly previouslyDeclared: readonly string[];
  /** Accounts that cannot be as a source says, and why. */
  readonly blocked: ReadonlyMap<string, string>;
  readonly state: LedgerState;
  readonly states: readonly SourceState[];
  readonly now: Date;
  readonly plan: StatementsPlan;
  /** The plan from another look at the cluster. Empty if the cluster is as declared. */
  readonly planFor: (observed: ObservedState) => StatementsPlan;
}

/**
 * Compares the cluster with the roster and its sources.
 * @throws RosterRefusedError, DatabaseMovedError if anything would run that the plan did not show
 */
export async function planApply(hook: LockedHookRun, { administrator, observed }: Observation) {
  const { body, call, entry, id, request } = hook;
  const { cluster, roster } = request;
  const { ledger, now, sources } = call.services;
  const state = await ledger.state(cluster);
  assertOwner(state.head, request);
  const states = await sources.ledger.states(cluster, entry);
  // A set that ran before permits nothing: it may come from an old state file.
  const isSpent = await ledger.isSpent(cluster, id);
  const { definers, prefix, unmanaged } = entry;
  const onlyCreate = body.status === "unseen";
  const rules = { now: now(), prefix, unmanaged, definers, onlyCreate, administrator };
  const { blocked, ...merged } = mergedRoster(state, roster, states, { ...rules, observed });
  const planFor = (seen: ObservedState) => assembleStatements({ ...rules, ...merged, observed: seen });
  const plan = planFor(observed);
  const found: ApplyPlan = { ...merged, blocked, state, states, now: rules.now, plan, planFor };
  assertPermitted(hook, found, isSpent);
  return found;
}

/** @throws RosterRefusedError, DatabaseMovedError */
function assertPermitted({ body, id, request }: LockedHookRun, found: ApplyPlan, isSpent: boolean): void {
  const { cluster } = request;
  const { now, plan, roster } = found;
  if (plan.problems.length > 0)
    throw new RosterRefusedError(
      `${cluster}: ${nameSome(plan.problems)} Nothing ran. Fix this, then plan and apply again.`,
    );
  const unshown = unshownReason({ id, body, isSpent, plan, roster, now });
  if (unshown !== undefined) throw new DatabaseMovedError(`${cluster}: ${unshown} Plan again.`);
}
