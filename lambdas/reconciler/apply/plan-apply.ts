import { plannedWhen } from "../../../core/contract/change-set";
import { mergedRoster } from "../../../core/decisions/merged-roster";
import { permittedPlan } from "../../../core/decisions/permitted-plan";
import { withinRules } from "../../../core/decisions/rules/within-rules";
import { assembleStatements, type ObservedState, type StatementsPlan } from "../../../core/mysql";
import { takenOverIn } from "../../../core/mysql/named-accounts";
import { sentences } from "../../../core/name-some";
import type { Roster } from "../../../core/roster/roster";
import { reviewSecrets } from "../execute/review-secrets";
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
  /** Those of them that a reviewed roster declared. */
  readonly previouslyReviewed: readonly string[];
  /** Accounts that cannot be as a source says, and why. */
  readonly blocked: ReadonlyMap<string, string>;
  readonly state: LedgerState;
  readonly states: readonly SourceState[];
  readonly now: Date;
  readonly plan: StatementsPlan;
  /** By user name, why an account will not be as declared after this run. */
  readonly leftOut: ReadonlyMap<string, string>;
  /** The accounts among them that changed since the plan. */
  readonly moved: ReadonlyMap<string, string>;
  /** The plan from another look at the cluster. Empty if the cluster is as declared. */
  readonly planFor: (observed: ObservedState) => StatementsPlan;
}

/**
 * Compares the cluster with the roster and its sources.
 * @throws RosterRefusedError, DatabaseMovedError if anything would run that the plan did not show
 */
export async function planApply(
  hook: LockedHookRun,
  { administrator, observed }: Observation,
): Promise<ApplyPlan> {
  const { body, call, entry, id, request } = hook;
  const { cluster, roster } = request;
  const { ledger, now, sources } = call.services;
  const state = await ledger.state(cluster);
  assertOwner(state.head, request);
  const at = now();
  const states = withinRules(await sources.ledger.states(cluster, entry), [roster], { cluster, now: at });
  // A set that ran before permits nothing: it may come from an old state file.
  const isSpent = await ledger.isSpent(cluster, id);
  const { alsoManages, definers, prefix, unmanaged } = entry;
  const onlyCreate = body.status === "unseen";
  const { disabledEvents, passwords } = state;
  const emptied = await reviewSecrets(call.services, { entry, roster, passwords });
  const known = { administrator, disabledEvents, passwords };
  const takeOver = takenOverIn(entry, roster);
  const named = { alsoManages, prefix, takeOver };
  const rules = { now: at, ...named, unmanaged, definers, onlyCreate, ...known };
  const { blocked, ...merged } = mergedRoster({ entry, state, states }, roster, { ...rules, observed });
  const planFor = (seen: ObservedState) => assembleStatements({ ...rules, ...merged, observed: seen });
  const plan = planFor(observed);
  if (plan.problems.length > 0)
    throw new RosterRefusedError(
      `${cluster}: ${sentences(plan.problems)} Nothing ran. Fix this, then plan and apply again.`,
    );
  const requested = {
    id,
    body,
    isSpent,
    isSuperseded: isSuperseded(id, state),
    plan,
    passwords,
    now: rules.now,
  };
  const permitted = permittedPlan({
    ...requested,
    roster: merged.roster,
    names: observed,
    passwords,
    emptied,
    takeOver,
  });
  if ("refusal" in permitted) throw new DatabaseMovedError(`${cluster}: ${permitted.refusal} Plan again.`);
  const { moved } = permitted;
  const leftOut = new Map([...plan.leftOut, ...moved]);
  return { ...merged, blocked, state, states, now: at, plan: permitted.plan, leftOut, moved, planFor };
}

/** Whether a change set that was planned later was applied, or begun. */
const isSuperseded = (id: string, { target }: LedgerState): boolean =>
  target !== undefined && plannedWhen(target.changeSet) > plannedWhen(id);
