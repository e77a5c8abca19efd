import { groupBy } from "../group-by";
import { placeText } from "../roster/granted-object";
import { grantsOf, holdsAt, type PlacedGrant, type Roster, type RosterAccount } from "../roster/roster";

/** A team's grant names its team. */
export const teamOf = ({ grant }: PlacedGrant): string | undefined => grant.team;

/** The grants of an account that are current at `now`, by place. A place can have several. */
export const currentGrants = (account: RosterAccount | undefined, now: Date): Map<string, PlacedGrant[]> =>
  groupBy(
    account ? grantsOf(account).filter(({ grant }) => holdsAt(grant, now)) : [],
    ({ database, object }) => placeText(database, object),
  );

/** A grant before and after; one of the two is there. */
export interface GrantPair {
  readonly before?: PlacedGrant | undefined;
  readonly after?: PlacedGrant | undefined;
}

/**
 * Pairs the grants of one place: those of the same team and role first, then those of the same team, then the
 * rest in their order.
 */
export function pairGrants(before: readonly PlacedGrant[], after: readonly PlacedGrant[]): GrantPair[] {
  const [old, young] = [[...before], [...after]];
  const pairs: GrantPair[] = [];
  const alike: ((a: PlacedGrant, b: PlacedGrant) => boolean)[] = [
    (a, b) => teamOf(a) === teamOf(b) && a.grant.role === b.grant.role,
    (a, b) => teamOf(a) === teamOf(b),
    () => true,
  ];
  for (const isAlike of alike)
    for (const one of [...old]) {
      const at = young.findIndex(other => isAlike(one, other));
      if (at < 0) continue;
      pairs.push({ before: one, after: young.splice(at, 1)[0]! });
      old.splice(old.indexOf(one), 1);
    }
  return [...pairs, ...old.map(one => ({ before: one })), ...young.map(after => ({ after }))];
}

/** An account of a roster under its name, and the one that it was: its own, or the one it is renamed from. */
export interface AccountPair {
  readonly account: string;
  readonly before?: RosterAccount | undefined;
  readonly after?: RosterAccount | undefined;
  /** The former name, if the account is renamed. */
  readonly renamedFrom?: string | undefined;
}

/** Each account of either roster once. An account whose former name somebody still has is no rename. */
export function pairAccounts(before: Roster, after: Roster): AccountPair[] {
  const has = (roster: Roster, name: string) => Object.hasOwn(roster.accounts, name);
  const renamed = new Set<string>();
  const pairs: AccountPair[] = Object.entries(after.accounts).map(([account, details]) => {
    const { formerly } = details;
    if (has(before, account)) return { account, before: before.accounts[account]!, after: details };
    if (formerly === undefined || !has(before, formerly) || has(after, formerly))
      return { account, after: details };
    renamed.add(formerly);
    return { account, before: before.accounts[formerly]!, after: details, renamedFrom: formerly };
  });
  const gone = Object.entries(before.accounts)
    .filter(([account]) => !has(after, account) && !renamed.has(account))
    .map(([account, details]) => ({ account, before: details }));
  return [...pairs, ...gone];
}
