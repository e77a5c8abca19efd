import { type NamesInGrants, specificity } from "./database-name";
import type { ObservedAccount, ObservedDatabaseGrant } from "./observed-state";

/**
 * Pattern rows of one account that MySQL takes to be equally specific (`app%`, `app_prod`). Which of them counts for a database
 * that both match is not to be known: it follows the order in which the server read them.
 */
function tiedGroups(account: ObservedAccount, names: NamesInGrants): ObservedDatabaseGrant[][] {
  const groups = new Map<string, ObservedDatabaseGrant[]>();
  for (const row of account.databases) {
    const rank = specificity(row.name, names);
    if (rank === 128) continue;
    const key = row.name.slice(0, rank - 1);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].filter(group => group.length > 1);
}

const smallest = (group: readonly ObservedDatabaseGrant[]): ReadonlySet<string> =>
  new Set(group.reduce((a, b) => (b.privileges.length < a.privileges.length ? b : a)).privileges);

/**
 * Whether no order of taking tied rows away is safe: taking the one that counts would bring another into force that holds
 * what it did not. Then everything is taken at once.
 */
export const hasUnorderedRows = (account: ObservedAccount, names: NamesInGrants): boolean =>
  tiedGroups(account, names).some(group => {
    const least = smallest(group);
    return group.some(a => [...least].some(p => !a.privileges.includes(p)) || group.some(b => !nested(a, b)));
  });

const nested = (a: ObservedDatabaseGrant, b: ObservedDatabaseGrant): boolean => {
  const [less, more] = a.privileges.length <= b.privileges.length ? [a, b] : [b, a];
  return less.privileges.every(p => more.privileges.includes(p));
};

/** What a row loses before any of its tied ones goes, so that all of them hold the same. */
export function narrowFirst(
  account: ObservedAccount,
  names: NamesInGrants,
): ReadonlyMap<string, readonly string[]> {
  const narrowed = new Map<string, readonly string[]>();
  for (const group of tiedGroups(account, names)) {
    const least = smallest(group);
    for (const row of group)
      narrowed.set(
        row.name,
        row.privileges.filter(p => !least.has(p)),
      );
  }
  return narrowed;
}
