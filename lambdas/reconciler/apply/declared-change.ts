import { type RosterChange, rosterChanges } from "../../../core/audit";
import { usersOf } from "../../../core/mysql/statement-queue";
import type { HookRun } from "./hook-run";
import type { ApplyPlan } from "./plan-apply";

/**
 * How the declared accounts change with this apply, for the audit trail. Of a first apply, and of one that
 * leaves statements for the next plan, only the accounts that it has statements for: the others stay as they
 * are found.
 */
export function declaredChange(
  { request }: Pick<HookRun, "request">,
  { plan, state }: Pick<ApplyPlan, "plan" | "state">,
): RosterChange[] {
  // What a forged item of the ledger says is not the roster before.
  if (state.head.unproven) return [];
  const changes = rosterChanges(state.applied?.roster, request.roster);
  if (state.applied && plan.waiting === 0) return changes;
  const named = new Set(plan.statements.flatMap(({ accounts, becomes }) => usersOf(accounts, becomes)));
  return changes.filter(({ account }) => named.has(account));
}
