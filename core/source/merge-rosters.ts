import { byCodeUnit } from "../json";
import type { DatabaseGrant, Roster, RosterAccount } from "../roster/roster";
import { privilegesOf } from "../roster/roster";

/**
 * What a cluster should have: the reviewed roster, and what sources add to it. Per account and database the reviewed one wins,
 * then the first of the sources. A role that means something else in a source is spelled out in the grant.
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
        const means = roles.get(grant.role);
        const spelled = grant.privileges || (means && sameSet(means, privileges)) ? {} : { privileges };
        return [database, { ...grant, ...spelled, project: grant.project ?? source.name }];
      });
      const present = accounts.get(name);
      const taken = new Set(Object.keys(present?.databases ?? {}).map(caseless));
      const databases = [
        ...Object.entries(present?.databases ?? {}),
        ...grants.filter(([database]) => !taken.has(caseless(database))),
      ];
      const account: RosterAccount = { ...(present ?? added), databases: ordered(databases) };
      accounts.set(name, account);
    }
  }
  return { ...roster, roles: ordered(roles), accounts: ordered(accounts) };
}

/** Names that differ by case alone may be one database: the first of them stands. */
const caseless = (database: string): string => database.toLowerCase();

const sameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && [...a].sort().join() === [...b].sort().join();

const ordered = <T>(entries: Iterable<readonly [string, T]>): Record<string, T> =>
  Object.fromEntries([...entries].sort(([a], [b]) => byCodeUnit(a, b)));
