import { type PlacedTerms, placeKey, type RosterChange } from "../../../core/audit";
import { canonicalJson, type Json, own } from "../../../core/json";
import type { Roster, RosterAccount } from "../../../core/roster/roster";
import type { AssembledUsers } from "../../../core/users";

const accountsByUser = new WeakMap<Roster, ReadonlyMap<string, RosterAccount>>();

/** The account of a user on a cluster. */
export function accountOf(
  { rosters }: Pick<AssembledUsers, "rosters">,
  cluster: string,
  user: string,
): RosterAccount | undefined {
  const roster = own(rosters, cluster);
  if (!roster) return undefined;
  let accounts = accountsByUser.get(roster);
  if (!accounts) {
    accounts = new Map(Object.values(roster.accounts).map(account => [account.user, account]));
    accountsByUser.set(roster, accounts);
  }
  return accounts.get(user);
}

type Terms = ReadonlyMap<string, PlacedTerms>;

/** The grants of an account, as they are before a change if this is what they are after it. */
export function termsBefore(
  now: Terms,
  { gave = [], took = [] }: Pick<RosterChange, "gave" | "took">,
): Map<string, PlacedTerms> {
  const wanted = new Map(now);
  for (const one of gave) wanted.delete(placeKey(one));
  for (const one of took) wanted.set(placeKey(one), one);
  return wanted;
}

export const isSame = (a: Terms, b: Terms): boolean => isEqual(Object.fromEntries(a), Object.fromEntries(b));

export const isEqual = (a: unknown, b: unknown): boolean =>
  canonicalJson(a as Json | undefined) === canonicalJson(b as Json | undefined);
