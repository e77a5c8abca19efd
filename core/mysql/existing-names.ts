import type { Roster, RosterAccount } from "../roster/roster";
import type { ObservedAccount, ObservedState } from "./observed-state";

/** For rosters: the name by which an account exists, by the name that the roster has. */
export interface ExistingNames {
  readonly target: ReadonlyMap<string, string>;
  readonly applied: ReadonlyMap<string, string>;
  /** The former names of accounts that exist by both names, by the new ones. */
  readonly both: ReadonlyMap<string, string>;
}

interface NamesRequest {
  readonly target: Roster;
  readonly applied: Roster | undefined;
  readonly observed: ObservedState;
  /** Accounts that earlier rosters declared and that may still exist. */
  readonly previouslyDeclared: readonly string[];
  /** Accounts that wait for the next apply, whatever the rosters say. */
  readonly withdrawn: ReadonlySet<string>;
}

/**
 * Finds the accounts that rosters have by another name than the server does:
 * - one that was to be renamed and still has its former name, because an apply died or left it out
 * - one that an apply renamed before it died
 *
 * A locked one that cannot be renamed is none of these: another takes its place.
 */
export function existingNames(request: NamesRequest): ExistingNames {
  const { applied, observed, previouslyDeclared, target, withdrawn } = request;
  const names = {
    target: new Map<string, string>(),
    applied: new Map<string, string>(),
    both: new Map<string, string>(),
  };
  const of = (user: string) => observed.accounts.filter(account => account.user === user);
  const isIn = (roster: Roster | undefined, user: string) =>
    roster !== undefined && Object.hasOwn(roster.accounts, user);
  for (const [user, formerly] of [...renamesOf(target), ...renamesOf(applied)]) {
    if (isIn(target, formerly) || withdrawn.has(formerly)) continue;
    const [found, former] = [of(user), of(formerly)];
    const isOurs = previouslyDeclared.includes(formerly);
    const isKept = found.length === 0 && former.some(keepsName);
    if (found.length > 0 && former.some(({ locked }) => !locked)) {
      if (isOurs && isIn(target, user)) names.both.set(user, formerly);
    } else if (isKept && isOurs) {
      if (isIn(target, user)) names.target.set(user, formerly);
      if (isIn(applied, user) && !isIn(applied, formerly)) names.applied.set(user, formerly);
    } else if (former.length === 0 && found.length > 0 && isIn(target, user) && !isIn(applied, user)) {
      if (isIn(applied, formerly)) names.applied.set(formerly, user);
    }
  }
  return names;
}

/** Whether access goes on by the account's name, or will once it is unlocked. */
const keepsName = ({ definerOf, locked, members }: ObservedAccount): boolean =>
  !locked || definerOf.length + members.length === 0;

const renamesOf = (roster: Roster | undefined): (readonly [string, string])[] =>
  Object.entries(roster?.accounts ?? {}).flatMap(([user, { formerly }]) =>
    formerly === undefined || formerly === user ? [] : [[user, formerly] as const],
  );

/** The roster with its accounts by the names by which they exist. They are not renamed then. */
export function withNames(roster: Roster, names: ReadonlyMap<string, string>): Roster {
  if (names.size === 0) return roster;
  const isFree = (name: string | undefined) => name !== undefined && !Object.hasOwn(roster.accounts, name);
  return mapAccounts(roster, (user, account) => {
    const name = names.get(user);
    const { formerly: _, ...same } = account;
    return isFree(name) ? [name!, same] : [user, account];
  });
}

/**
 * The reverse, for a plan that renames them.
 * @param isLeft whether the rename of an account is what remains, by its present name
 */
export function withRenames(
  { previouslyDeclared, roster }: Pick<NamesRequest, "previouslyDeclared"> & { readonly roster: Roster },
  names: ReadonlyMap<string, string>,
  isLeft: (user: string) => boolean,
) {
  const left = [...names].filter(([, from]) => isLeft(from));
  const renames = new Map(left.map(([to, from]) => [from, to]));
  const renamed = mapAccounts(roster, (user, account) => {
    const name = renames.get(user);
    return name === undefined ? [user, account] : [name, { ...account, formerly: user }];
  });
  return {
    rosters: {
      roster: left.length === 0 ? roster : renamed,
      previouslyDeclared: [...previouslyDeclared, ...renames.keys()],
    },
    isRenamed: (user: string) => left.some(names => names.includes(user)),
  };
}

const mapAccounts = (
  roster: Roster,
  change: (user: string, account: RosterAccount) => [string, RosterAccount],
): Roster => ({
  ...roster,
  accounts: Object.fromEntries(Object.entries(roster.accounts).map(([user, one]) => change(user, one))),
});
