import { sortedRecord } from "../json";
import type { DatabaseGrant, Roster, RosterAccount } from "../roster/roster";
import { privilegesOf } from "../roster/roster";

/**
 * The roster of a cluster: the reviewed roster, and what the sources add to it. For an account and database
 * the reviewed grant wins, then that of the first source. If a role has other privileges in a source, the
 * grant lists them itself.
 */
export function mergeSources(
  roster: Roster,
  sources: readonly { readonly name: string; readonly roster: Roster }[],
): Roster {
  if (sources.every(source => Object.keys(source.roster.accounts).length === 0)) return roster;
  const roles = new Map(Object.entries(roster.roles));
  const accounts = new Map(Object.entries(roster.accounts));
  for (const source of sources) {
    for (const [name, added] of Object.entries(source.roster.accounts)) {
      const grants = Object.entries(added.databases).map(([database, grant]): [string, DatabaseGrant] => {
        const privileges = privilegesOf(source.roster, grant);
        if (!grant.privileges && !roles.has(grant.role) && privileges.length > 0)
          roles.set(grant.role, privileges);
        const known = roles.get(grant.role);
        const differs = !grant.privileges && !(known && sameSet(known, privileges));
        const project = grant.project ?? source.name;
        return [database, differs ? { ...grant, privileges, project } : { ...grant, project }];
      });
      const present = accounts.get(name);
      const taken = new Set(Object.keys(present?.databases ?? {}).map(caseless));
      const databases = [
        ...Object.entries(present?.databases ?? {}),
        ...grants.filter(([database]) => !taken.has(caseless(database))),
      ];
      const account: RosterAccount = { ...(present ?? added), databases: sortedRecord(databases) };
      accounts.set(name, account);
    }
  }
  return { ...roster, roles: sortedRecord(roles), accounts: sortedRecord(accounts) };
}

/** Names that differ only by case may be one database, so the first of them wins. */
const caseless = (database: string): string => database.toLowerCase();

const sameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && [...a].sort().join() === [...b].sort().join();
