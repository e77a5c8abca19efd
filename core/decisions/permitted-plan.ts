import { statementsOf } from "../contract/change-set";
import type { ChangeSetBody } from "../contract/payload";
import { groupBy } from "../group-by";
import {
  type AccountId,
  effectsOf,
  type NamesInGrants,
  quoteAccount,
  type Statement,
  type StatementsPlan,
  unpermitted,
} from "../mysql";
import type { KnownPasswords } from "../mysql/password-login";
import { takesOption } from "../mysql/permitted";
import { listSome } from "../name-some";
import type { Roster } from "../roster/roster";

/** How many effects a message names. */
const SHOWN = 10;

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
  /** How the server reads names. */
  readonly names: NamesInGrants;
  readonly now: Date;
  /** What the ledger knows of passwords. Default: nothing. */
  readonly passwords?: KnownPasswords | undefined;
  /** Accounts whose secrets have lost their passwords, quoted. Default: none. */
  readonly emptied?: ReadonlySet<string> | undefined;
  /** Accounts without the prefix that become declared ones, by the names of these. Default: none. */
  readonly takeOver?: ReadonlyMap<string, AccountId> | undefined;
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
  readonly isNeeded: boolean;
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
  const { body, id, isSpent, isSuperseded, plan } = request;
  const { statements } = plan;
  const permits = SEEN.includes(body.status) && !isSpent;
  const unshownOf = unpermitted({ ...request, shown: permits ? statementsOf(body) : [] });
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
        `${because}. The plan did not show: ${listSome(unshown, SHOWN)}. ` +
        `None of ${statements.length} statements ran.`,
    };
  }
  return withoutMoved(plan, unshownOf);
}

function withoutMoved(plan: StatementsPlan, unshownOf: (sql: string) => string[]): PermittedPlan {
  // An account that is renamed is one, whatever its name is at a statement.
  const nameOf = (user: string): string => plan.renames.get(user) ?? user;
  const renamed = new Set(plan.renames.values());
  const pieces = plan.statements.flatMap(statement =>
    statement.each.map((sql, index): Piece => {
      return { ...statement, user: nameOf(statement.accounts[index]!.user), sql, unshown: unshownOf(sql) };
    }),
  );
  const byUser = groupBy(
    pieces.filter(({ unshown }) => unshown.length > 0),
    ({ user }) => user,
  );
  const mayRun = (user: string, sql: string, { removes, successor }: Statement): boolean => {
    // Without a successor that is complete, nobody takes over its logins.
    if (successor !== undefined && byUser.has(successor)) return takesOptions(sql);
    const unshown = byUser.get(nameOf(user));
    if (!unshown) return true;
    // Without the rename there is no account of this name.
    if (renamed.has(user)) return false;
    if (unshownOf(sql).length > 0) return false;
    if (takesOptions(sql)) return true;
    if (unshown.some(({ isNeeded }) => isNeeded)) return false;
    return removes || (unshown.every(piece => piece.removes) && isGrant(sql));
  };
  const statements = plan.statements.flatMap((statement): Statement[] => {
    const { accounts, each } = statement;
    const run = accounts.map(({ user }, index) => mayRun(user, each[index]!, statement));
    if (run.every(Boolean)) return [statement];
    return each.flatMap((sql, index) =>
      run[index] ? [{ ...statement, sql, accounts: [accounts[index]!], each: [sql] }] : [],
    );
  });
  const moved = [...byUser].map(([user, of]): [string, string] => {
    const effects = of.flatMap(({ unshown }) => unshown);
    return [user, `${user} changed since the plan, which did not show: ${listSome(effects, SHOWN)}.`];
  });
  return { plan: onlyWith(statements, plan, byUser), moved: new Map(moved) };
}

/** The plan with fewer statements, and with what follows from these alone. */
function onlyWith(
  statements: readonly Statement[],
  plan: StatementsPlan,
  moved: ReadonlyMap<string, unknown>,
): StatementsPlan {
  const taken = new Set(
    statements.filter(({ removes }) => removes).flatMap(({ accounts }) => accounts.map(quoteAccount)),
  );
  const effectsIn = (some: readonly Statement[]) => new Set(some.flatMap(({ sql }) => effectsOf(sql) ?? []));
  const [all, remaining] = [effectsIn(plan.statements), effectsIn(statements)];
  const isCut = (effect: string) => all.has(effect) && !remaining.has(effect);
  const cutEvents = new Set(
    [...all]
      .filter(effect => effect.startsWith(DISABLE) && isCut(effect))
      .map(effect => sameBars(effect.slice(DISABLE.length))),
  );
  const waiting = new Set(
    plan.statements
      .filter(({ successor }) => successor !== undefined && moved.has(successor))
      .flatMap(({ accounts }) => accounts.map(({ user }) => user)),
  );
  const stays = (user: string) => waiting.has(user) || moved.has(plan.renames.get(user) ?? user);
  return {
    ...plan,
    statements,
    endSessions: plan.endSessions.filter(one => !stays(one.user) || taken.has(quoteAccount(one))),
    renames: new Map([...plan.renames].filter(([, to]) => !moved.has(to))),
    notGone: plan.notGone.filter(one => !isCut(`lock|${quoteAccount(one)}`)),
    disables: plan.disables.filter(key => !cutEvents.has(sameBars(key))),
  };
}

const DISABLE = "disable-event|";
/** An effect's account and object are joined by a bar, those of an event's key by a space. */
const sameBars = (text: string): string => text.replaceAll("|", " ");

/** Not a rename or an unlock: these would open what was not taken. */
const isGrant = (sql: string): boolean =>
  effectsOf(sql)!.every(effect => GIVES.some(verb => effect.startsWith(verb)));
const GIVES = ["grant|", "grant-role|", "default-role|"];

/** Whether a statement takes nothing but what lets an account hand on access. */
const takesOptions = (sql: string): boolean => effectsOf(sql)!.every(takesOption);
