import { statementsOf } from "../contract/change-set";
import type { ChangeSetBody } from "../contract/payload";
import { groupBy } from "../group-by";
import { effectsOf, type Statement, type StatementsPlan, unpermitted } from "../mysql";
import { nameSome } from "../name-some";
import type { Roster } from "../roster/roster";

/** A change set, and the statements that would run for it. */
export interface RequestedPlan {
  readonly id: string;
  readonly body: ChangeSetBody;
  /** Whether the change set ran before, to its end or not. It then permits nothing. */
  readonly isSpent: boolean;
  /** Whether a change set that was planned later was applied, or begun. */
  readonly isSuperseded: boolean;
  readonly plan: StatementsPlan;
  readonly roster: Roster;
  readonly now: Date;
}

/** The part of a plan that may run. */
export interface PermittedPlan {
  readonly plan: StatementsPlan;
  /** By user name, why an account is left out: it changed since the plan. */
  readonly moved: ReadonlyMap<string, string>;
}

/** A statement for one account. */
interface Piece {
  readonly user: string;
  readonly sql: string;
  readonly removes: boolean;
  readonly unshown: readonly string[];
}

/** Sets of which a person saw what they do, also where that is nothing. */
const SEEN: readonly ChangeSetBody["status"][] = ["changes", "unseen", "none"];

/**
 * The part of a plan that the change set permits. An account for which something would run that the plan in
 * Terraform did not show is left out, since anybody who holds an account can bring that about. It still loses
 * what the plan showed, as far as that does not depend on what it did not show.
 * @returns `refusal` instead, in words, if the change set permits nothing, or is older than an applied one
 */
export function permittedPlan(request: RequestedPlan): PermittedPlan | { readonly refusal: string } {
  const { body, id, isSpent, isSuperseded, now, plan, roster } = request;
  const { statements } = plan;
  const permits = SEEN.includes(body.status) && !isSpent;
  const unshownOf = unpermitted({ shown: permits ? statementsOf(body) : [], roster, now });
  const unshown = statements.flatMap(({ sql }) => unshownOf(sql));
  if (unshown.length === 0) return { plan, moved: new Map() };
  if (!permits || isSuperseded) {
    const because = isSpent
      ? `the change set ${id} ran before and permits nothing more`
      : permits
        ? `a change set that was planned after ${id} was applied since`
        : `the change set is \`${body.status}\` and permits nothing`;
    return {
      refusal:
        `${because}. The plan did not show: ${nameSome(unshown)}. ` +
        `None of ${statements.length} statements ran.`,
    };
  }
  return withoutMoved(plan, unshownOf);
}

function withoutMoved(plan: StatementsPlan, unshownOf: (sql: string) => string[]): PermittedPlan {
  const pieces = plan.statements.flatMap(({ accounts, each, removes }) =>
    each.map((sql, index): Piece => {
      return { user: accounts[index]!.user, sql, removes, unshown: unshownOf(sql) };
    }),
  );
  const byUser = groupBy(
    pieces.filter(({ unshown }) => unshown.length > 0),
    ({ user }) => user,
  );
  const mayRun = (user: string, sql: string, removes: boolean): boolean => {
    const unshown = byUser.get(user);
    if (!unshown) return true;
    const onlyTakes = unshown.every(piece => piece.removes);
    return onlyTakes && unshownOf(sql).length === 0 && (removes || isGrant(sql));
  };
  const statements = plan.statements.flatMap((statement): Statement[] => {
    const { accounts, each, removes } = statement;
    const run = accounts.map(({ user }, index) => mayRun(user, each[index]!, removes));
    if (run.every(Boolean)) return [statement];
    return each.flatMap((sql, index) =>
      run[index] ? [{ ...statement, sql, accounts: [accounts[index]!], each: [sql] }] : [],
    );
  });
  const moved = [...byUser].map(([user, of]): [string, string] => {
    const effects = of.flatMap(({ unshown }) => unshown);
    return [user, `${user} changed since the plan, which did not show: ${nameSome(effects)}.`];
  });
  return { plan: { ...plan, statements }, moved: new Map(moved) };
}

/** Not a rename or an unlock: these would open what was not taken. */
const isGrant = (sql: string): boolean => effectsOf(sql)!.every(effect => effect.startsWith("grant|"));
