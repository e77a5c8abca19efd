import { accountNames, holdsAt, type Roster } from "../roster/roster";
import { type NamesInGrants, rowReaches } from "./database-name";
import type { ObservedAccount, ObservedState } from "./observed-state";

/**
 * The accounts that still have something of a grant that is over at `now`: by whatever row reaches its database, also one that was
 * made by hand, since access that ended must not go on in another form. With no grant left that holds, the account itself.
 */
export function expiredAccounts(roster: Roster, observed: ObservedState, now: Date): Set<string> {
  const byUser = new Map<string, ObservedAccount[]>();
  for (const account of observed.accounts)
    byUser.set(account.user, [...(byUser.get(account.user) ?? []), account]);
  const expired = accountNames(roster).filter(user => {
    const grants = Object.entries(roster.accounts[user]!.databases);
    const over = grants.filter(([, grant]) => !holdsAt(grant, now)).map(([database]) => database);
    const there = byUser.get(user) ?? [];
    if (over.length === 0 || there.length === 0) return false;
    return (
      over.length === grants.length ||
      there.some(account => over.some(database => reaches(account, database, observed)))
    );
  });
  return new Set(expired);
}

const reaches = (
  { databases, tables, routines }: ObservedAccount,
  database: string,
  names: NamesInGrants,
): boolean =>
  databases.some(row => rowReaches(row.name, database, names)) ||
  [...tables, ...routines].some(grant => folded(grant.database, names) === folded(database, names));

const folded = (database: string, { lowerCaseTableNames }: NamesInGrants): string =>
  lowerCaseTableNames === 0 ? database : database.toLowerCase();
