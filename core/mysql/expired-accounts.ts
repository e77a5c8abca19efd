import { groupBy } from "../group-by";
import { accountNames, holdsAt, type Roster } from "../roster/roster";
import { isSameDatabase, type NamesInGrants, rowReaches } from "./database-name";
import type { ObservedAccount, ObservedState } from "./observed-state";

/**
 * The accounts that still hold something on a database whose grant has expired at `now`, by any grant that
 * reaches the database, also one that was made by hand: expired access must not go on in another form. An
 * account without a current grant counts if it exists.
 */
export function expiredAccounts(roster: Roster, observed: ObservedState, now: Date): Set<string> {
  const byUser = groupBy(observed.accounts, ({ user }) => user);
  const expired = accountNames(roster).filter(user => {
    const grants = Object.entries(roster.accounts[user]!.databases);
    const over = grants.filter(([, grant]) => !holdsAt(grant, now)).map(([database]) => database);
    const existing = byUser.get(user) ?? [];
    if (over.length === 0 || existing.length === 0) return false;
    return (
      over.length === grants.length ||
      existing.some(account => over.some(database => reaches(account, database, observed)))
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
  [...tables, ...routines].some(grant => isSameDatabase(grant.database, database, names));
