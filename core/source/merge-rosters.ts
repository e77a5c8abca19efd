import { lowerName } from "../catalogue/lower-case";
import { own, sortedRecord } from "../json";
import {
  type DatabaseGrant,
  grantsApart,
  holdsAt,
  privilegesOf,
  type Roster,
  type RosterAccount,
} from "../roster/roster";

/**
 * Instead of the moment since when an account is a source's own: nothing proves yet that it is. It comes from
 * an earlier release, or from an item of the ledger without a proof.
 */
export const UNCONFIRMED = "";

/** What a source adds to the reviewed roster. */
export interface SourceRoster {
  readonly name: string;
  readonly roster: Roster;
  /** The accounts that are the source's own, with the moment since when. */
  readonly own: Readonly<Record<string, string>>;
}

/**
 * The roster of a cluster: the reviewed roster, and what the sources add to it. If a role has other
 * privileges in a source, the grant lists them itself.
 * - For an account and database the reviewed grant wins, then that of the first source whose grant has not
 *   expired at `now`.
 * - To an agent of the reviewed roster they add nothing: what it has, has an owner, an end and a reviewer.
 * - User, name and address of an account are the reviewed roster's, then those of the source that declared it
 *   first in time.
 */
export function mergeSources(roster: Roster, sources: readonly SourceRoster[], now: Date): Roster {
  if (sources.every(source => Object.keys(source.roster.accounts).length === 0)) return roster;
  const roles = new Map(Object.entries(roster.roles));
  const accounts = new Map(Object.entries(roster.accounts));
  const declared = new Map<string, string>();
  for (const source of sources) {
    for (const [name, added] of Object.entries(source.roster.accounts)) {
      const reviewed = own(roster.accounts, name);
      if (reviewed?.kind === "agent") continue;
      const grants = Object.entries(added.databases).map(([database, grant]): [string, DatabaseGrant] => {
        const privileges = privilegesOf(source.roster, grant);
        if (!grant.privileges && !roles.has(grant.role) && privileges.length > 0)
          roles.set(grant.role, privileges);
        const known = roles.get(grant.role);
        const differs = !grant.privileges && !(known && sameSet(known, privileges));
        const project = grant.project ?? source.name;
        return [database, differs ? { ...grant, privileges, project } : { ...grant, project }];
      });
      const since = own(source.own, name) ?? NOT_YET;
      const present = accounts.get(name);
      const isFirst = !reviewed && since < (declared.get(name) ?? NEVER);
      if (isFirst) declared.set(name, since);
      const databases = mergeGrants(present?.databases ?? {}, grants, reviewed, now);
      const person = isFirst ? { ...added, source: source.name } : present!;
      accounts.set(name, { ...person, databases });
    }
  }
  return { ...roster, roles: sortedRecord(roles), accounts: sortedRecord(accounts) };
}

/** Later than every moment, for an account that is about to become the source's own; then later than that. */
const [NOT_YET, NEVER] = ["~", "~~"];

/**
 * Adds a source's grants to those that are present. An expired grant of another source gives way. Names that
 * differ only by case may be one database, so the first of them wins.
 */
function mergeGrants(
  present: RosterAccount["databases"],
  added: readonly (readonly [string, DatabaseGrant])[],
  reviewed: RosterAccount | undefined,
  now: Date,
): Record<string, DatabaseGrant> {
  const isReviewed = new Set(Object.keys(reviewed?.databases ?? {}).map(lowerName));
  const merged = new Map(Object.entries(present).map(entry => [lowerName(entry[0]), entry] as const));
  for (const entry of added) {
    const key = lowerName(entry[0]);
    const other = merged.get(key)?.[1];
    const givesWay = other && !isReviewed.has(key) && !holdsAt(other, now) && holdsAt(entry[1], now);
    if (!other || givesWay) merged.set(key, [...entry]);
  }
  return sortedRecord(merged.values());
}

/**
 * The grants of sources that have ended and in whose place another source's grant holds. Without them it
 * would not show that the account must lose what the ended one gave.
 */
export function supersededGrants(merged: Roster, sources: readonly SourceRoster[], now: Date): Roster {
  const isSuperseded = (account: string, database: string, grant: DatabaseGrant) =>
    !holdsAt(grant, now) &&
    Object.entries(own(merged.accounts, account)?.databases ?? {}).some(
      ([name, others]) =>
        lowerName(name) === lowerName(database) && grantsApart(others).some(other => holdsAt(other, now)),
    );
  const found = sources.flatMap(({ roster }) =>
    Object.entries(roster.accounts).flatMap(([name, account]) => {
      const over = Object.entries(account.databases).filter(([database, grant]) =>
        isSuperseded(name, database, grant),
      );
      return over.length === 0 ? [] : [[name, { ...account, databases: Object.fromEntries(over) }] as const];
    }),
  );
  return { roles: {}, accounts: sortedRecord(found) };
}

const sameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && [...a].sort().join() === [...b].sort().join();
