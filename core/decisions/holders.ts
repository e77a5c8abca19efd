import type { RegistryEntry } from "../contract/registry-entry";
import { groupBy } from "../group-by";
import { byCodeUnit } from "../json";
import { type AccountId, type ObservedState, quoteAccount } from "../mysql";
import { rowReaches } from "../mysql/database-name";
import { hasPrefix, isSystemAccount } from "../roster/account-name";
import type { Roster } from "../roster/roster";

/** Who reached the managed databases, beyond the accounts with the prefix, when a run last looked. */
export interface HoldersBaseline {
  /** The databases that the run looked at. */
  readonly databases: readonly string[];
  /** By holder (`'shopapp'@'%' reaches payroll`): since when, in UTC; "" once a reviewed plan showed it. */
  readonly holders: Readonly<Record<string, string>>;
}

/** A holder that no reviewed plan has shown yet. */
export interface NewHolder {
  readonly holder: string;
  /** When a run first saw it; undefined if none has recorded it yet. */
  readonly since: string | undefined;
}

export interface HoldersRequest {
  readonly observed: ObservedState;
  readonly prefix: string;
  /** See `managedDatabases`. */
  readonly databases: readonly string[];
  /** Absent: no run has looked yet. Nothing is new then. */
  readonly baseline: HoldersBaseline | undefined;
  readonly now: Date;
  /** Holders that were recorded before are seen, because a plan of this time was applied. */
  readonly reviewedAt?: Date | undefined;
}

export interface HoldersFound {
  /** What the next run compares with. */
  readonly baseline: HoldersBaseline;
  /** Holders that this run is the first to see. */
  readonly fresh: readonly string[];
  /** Holders that no reviewed plan has shown yet, the fresh ones included. */
  readonly unseen: readonly NewHolder[];
}

/** The databases whose holders are watched: those of rosters, of sources, and of the ceiling. */
export const managedDatabases = (roster: Roster, { ceiling }: Pick<RegistryEntry, "ceiling">): string[] => {
  const declared = Object.values(roster.accounts).flatMap(({ databases }) => Object.keys(databases));
  return [...new Set([...declared, ...(ceiling.databases ?? [])])].sort(byCodeUnit);
};

/** Compares who holds anything on the managed databases with what an earlier run saw. */
export function compareHolders(request: HoldersRequest): HoldersFound {
  const { baseline, databases, now, reviewedAt } = request;
  const known = new Set(baseline?.databases);
  const holders: Record<string, string> = {};
  const fresh = new Set<string>();
  for (const { database, holder } of holdersOf(request)) {
    const since = baseline && Object.hasOwn(baseline.holders, holder) ? baseline.holders[holder]! : undefined;
    // Who holds a database that was not looked at before may have held it for long.
    const isNew = since === undefined && baseline !== undefined && (database === ALL || known.has(database));
    if (isNew) fresh.add(holder);
    const isReviewed = since !== undefined && reviewedAt !== undefined && since < reviewedAt.toISOString();
    holders[holder] = isNew ? now.toISOString() : isReviewed ? "" : (since ?? "");
  }
  const unseen = Object.entries(holders).flatMap(([holder, since]) =>
    since === "" ? [] : [{ holder, since: fresh.has(holder) ? undefined : since }],
  );
  return { baseline: { databases, holders }, fresh: [...fresh], unseen };
}

/** A line for a person: `'shopapp'@'%' reaches payroll since 2026-11-20T00:00:00.000Z`. */
export const holderLine = ({ holder, since }: NewHolder): string =>
  since === undefined ? holder : `${holder} since ${since}`;

/** Means every database: the holder has a privilege on all of them. */
const ALL = "*.*";

/** Who holds what, without accounts with the prefix, of the server, and the administrator. */
function holdersOf({ databases, observed, prefix }: HoldersRequest) {
  const reached = reachedDatabases(observed, databases);
  const isWatched = ({ user, host }: AccountId) =>
    !hasPrefix(prefix, user) &&
    !isSystemAccount(user) &&
    !(user === observed.self.user && host === observed.self.host);
  return [...reached.values()]
    .filter(({ account }) => isWatched(account))
    .flatMap(({ account, names }) =>
      [...names].map(database => ({ database, holder: `${quoteAccount(account)} reaches ${database}` })),
    )
    .sort((a, b) => byCodeUnit(a.holder, b.holder));
}

/** What each account reaches, by its own grants and by the roles that it holds. */
function reachedDatabases(observed: ObservedState, databases: readonly string[]) {
  const reached = new Map<string, { readonly account: AccountId; readonly names: Set<string> }>();
  const namesOf = (account: AccountId): Set<string> => {
    const key = quoteAccount(account);
    const known = reached.get(key) ?? { account, names: new Set<string>() };
    reached.set(key, known);
    return known.names;
  };
  const reaches = new Map<string | undefined, readonly string[]>([[undefined, [ALL]]]);
  for (const { account, database } of observed.outside.grants) {
    if (!reaches.has(database))
      reaches.set(
        database,
        databases.filter(name => rowReaches(database!, name, observed)),
      );
    for (const name of reaches.get(database)!) namesOf(account).add(name);
  }
  const members = groupBy(observed.outside.roles, ({ role }) => quoteAccount(role));
  const waiting = [...reached.keys()];
  for (let key = waiting.pop(); key !== undefined; key = waiting.pop())
    for (const { member } of members.get(key) ?? []) {
      const names = namesOf(member);
      const before = names.size;
      for (const name of reached.get(key)!.names) names.add(name);
      if (names.size > before) waiting.push(quoteAccount(member));
    }
  return reached;
}
