import { statementsOf } from "../contract/change-set";
import type { ChangeSetBody } from "../contract/payload";
import { type StatementsPlan, unpermitted } from "../mysql";
import { nameSome } from "../name-some";
import type { Roster } from "../roster/roster";

/** A change set, and the statements that would run for it. */
export interface RequestedPlan {
  readonly id: string;
  readonly body: ChangeSetBody;
  /** Whether the change set ran before, to its end or not. It then permits nothing. */
  readonly isSpent: boolean;
  readonly plan: StatementsPlan;
  readonly roster: Roster;
  readonly now: Date;
}

/**
 * Why the statements may not run: something would run that the plan in Terraform did not show. Undefined if
 * they may.
 */
export function unshownReason({ body, id, isSpent, now, plan, roster }: RequestedPlan): string | undefined {
  const { statements } = plan;
  const permits = (body.status === "changes" || body.status === "unseen") && !isSpent;
  const unshown = unpermitted({ statements, shown: permits ? statementsOf(body) : [], roster, now });
  if (unshown.length === 0) return undefined;
  const because = isSpent
    ? `the change set ${id} ran before and permits nothing more`
    : permits
      ? "the database moved since the plan"
      : `the change set is \`${body.status}\` and permits nothing`;
  return (
    `${because}. The plan did not show: ${nameSome(unshown)}. ` +
    `None of ${statements.length} statements ran.`
  );
}
