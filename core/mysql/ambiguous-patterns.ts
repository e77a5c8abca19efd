import { groupBy } from "../group-by";
import { EXACT_NAME, type NamesInGrants, specificity } from "./database-name";
import type { ObservedAccount, ObservedDatabaseGrant } from "./observed-state";

/**
 * Groups of pattern rows of one account that MySQL treats as equally specific (`app%`, `app_prod`). For a
 * database that both match, the row that applies depends on the order in which the server read them, so it
 * cannot be predicted.
 */
function ambiguousGroups(account: ObservedAccount, names: NamesInGrants): ObservedDatabaseGrant[][] {
  if (account.databases.length < 2) return [];
  const patterns = account.databases.filter(row => specificity(row.name, names) !== EXACT_NAME);
  const groups = groupBy(patterns, row => row.name.slice(0, specificity(row.name, names) - 1));
  return [...groups.values()].filter(group => group.length > 1);
}

const smallest = (group: readonly ObservedDatabaseGrant[]): ReadonlySet<string> =>
  new Set(group.reduce((a, b) => (b.privileges.length < a.privileges.length ? b : a)).privileges);

const nested = (a: ObservedDatabaseGrant, b: ObservedDatabaseGrant): boolean => {
  const [less, more] = a.privileges.length <= b.privileges.length ? [a, b] : [b, a];
  return less.privileges.every(p => more.privileges.includes(p));
};

/**
 * Whether no order of revoking ambiguous rows is safe: revoking the row that applies would let another row
 * apply that holds other privileges. Such an account is dropped and created again.
 */
export const hasUnorderedRows = (account: ObservedAccount, names: NamesInGrants): boolean =>
  ambiguousGroups(account, names).some(group => {
    const least = smallest(group);
    return group.some(a => [...least].some(p => !a.privileges.includes(p)) || group.some(b => !nested(a, b)));
  });

/**
 * The privileges that each ambiguous row loses before any row of its group is removed, by row name. After
 * that all rows of a group hold the same privileges, and their order no longer matters.
 */
export function narrowFirst(
  account: ObservedAccount,
  names: NamesInGrants,
): ReadonlyMap<string, readonly string[]> {
  const narrowed = new Map<string, readonly string[]>();
  for (const group of ambiguousGroups(account, names)) {
    const least = smallest(group);
    for (const { name, privileges } of group)
      narrowed.set(
        name,
        privileges.filter(p => !least.has(p)),
      );
  }
  return narrowed;
}
