import type { ParameterSource } from "../contract/registry-entry";
import { byCodeUnit } from "../json";
import { nameSome } from "../name-some";
import { accountNames, type DatabaseGrant, holdsAt, privilegesOf, type Roster } from "../roster/roster";

const DAY_MS = 86_400_000;

/**
 * The accounts of `before` that lose access by `after`: they have less than now, or it ends within 24 hours,
 * and by `before` it would not.
 */
export const removedAccounts = (before: Roster, after: Roster, now: Date): string[] =>
  accountNames(before).filter(name =>
    Object.entries(before.accounts[name]!.databases).some(([database, grant]) => {
      if (!holdsAt(grant, now)) return false;
      const until = Math.min(endOf(grant), now.getTime() + DAY_MS);
      const next = grantIn(after, name, database);
      if (!next || endOf(next) < until) return true;
      const kept = privilegesOf(after, next);
      return privilegesOf(before, grant).some(privilege => !kept.includes(privilege));
    }),
  );

const endOf = ({ expires }: DatabaseGrant): number =>
  expires === undefined ? Number.POSITIVE_INFINITY : Date.parse(expires);

const grantIn = ({ accounts }: Roster, name: string, database: string): DatabaseGrant | undefined => {
  const databases = Object.hasOwn(accounts, name) ? accounts[name]!.databases : {};
  return Object.hasOwn(databases, database) ? databases[database] : undefined;
};

/** The accounts of a roster that have a grant which holds now. */
export const withAccess = (roster: Roster, now: Date): string[] =>
  accountNames(roster).filter(name =>
    Object.values(roster.accounts[name]!.databases).some(grant => holdsAt(grant, now)),
  );

/** How many accounts were removed, and how many had access before. */
export interface Removals {
  readonly accounts: number;
  readonly of: number;
}

/** What documents removed in one hour without a confirmation. */
export interface RemovalsOfHour extends Removals {
  /** The hour's beginning, as an ISO 8601 timestamp. */
  readonly hour: string;
  /** The same of established accounts alone. Absent in items of earlier releases. */
  readonly established?: Removals | undefined;
}

export interface RemovalCheck {
  readonly before: Roster;
  readonly after: Roster;
  readonly now: Date;
  readonly source: Pick<ParameterSource, "maxRemovalShare" | "minRemovals">;
  /** The source's own accounts, with the moment since when: see `KnownSource`. */
  readonly own: Readonly<Record<string, string>>;
  /** What earlier documents removed. */
  readonly earlier: readonly RemovalsOfHour[];
  /** Makes the token that confirms the removal of exactly these accounts. */
  readonly tokenOf: (accounts: readonly string[]) => string;
  /** The tokens in the document. */
  readonly confirmed: readonly string[];
}

const MAX_NAMED = 5;

/**
 * Why so many accounts are not removed without confirmation; otherwise the removals to remember. Removals are
 * added up over 24 hours, so that many small ones need what one large one does. The share of established
 * accounts counts by itself: accounts that a document adds must not hide how many others another removes.
 */
export function judgeRemoval(check: RemovalCheck): string | readonly RemovalsOfHour[] {
  const { after, before, confirmed, now } = check;
  const { maxRemovalShare } = check.source;
  const removed = removedAccounts(before, after, now);
  const recent = check.earlier.filter(({ hour }) => Date.parse(hour) > now.getTime() - DAY_MS - HOUR_MS);
  if (removed.length === 0) return recent;
  const holders = withAccess(before, now);
  const old = establishedAccounts(holders, check);
  const oldRemoved = removed.filter(name => old.has(name));
  const ofOld = recent.map(hour => hour.established ?? hour);
  const fault =
    tooMany(check, { removed, of: holders.length, earlier: recent, which: "accounts" }) ??
    tooMany(check, {
      removed: oldRemoved,
      of: old.size,
      earlier: ofOld,
      which: "accounts that it had for a day",
    });
  if (fault === undefined)
    return added(recent, {
      hour: hourOf(now),
      accounts: removed.length,
      of: holders.length,
      established: { accounts: oldRemoved.length, of: old.size },
    });
  const token = check.tokenOf(removed);
  if (confirmed.includes(token)) return [];
  const other = confirmed.length === 0 ? "" : ", and its `confirmRemovals` confirms another removal";
  return (
    `it takes access away from ${fault}, ` +
    `which is more than the share of ${maxRemovalShare} that goes without being confirmed${other}. ` +
    `If that is meant, write "confirmRemovals": "${token}" next to "users"`
  );
}

/**
 * The accounts among `holders` that were the source's own for 24 hours. In a source that is younger, those
 * that it had first.
 */
function establishedAccounts(holders: readonly string[], { now, own }: RemovalCheck): ReadonlySet<string> {
  const since = new Map(
    holders.flatMap(name => (Object.hasOwn(own, name) ? [[name, own[name]!] as const] : [])),
  );
  const [first = ""] = [...since.values()].sort(byCodeUnit);
  const dayAgo = new Date(now.getTime() - DAY_MS).toISOString();
  const until = [first, dayAgo].sort(byCodeUnit).at(-1)!;
  return new Set([...since].filter(([, moment]) => moment <= until).map(([name]) => name));
}

/** Removals that have a share of their own. */
interface Counted {
  readonly removed: readonly string[];
  /** How many of these accounts had access before. */
  readonly of: number;
  readonly earlier: readonly Removals[];
  /** Which accounts are counted, in words. */
  readonly which: string;
}

/** Which removals need a confirmation, in words; undefined if none does. */
function tooMany({ source }: RemovalCheck, { earlier, of, removed, which }: Counted): string | undefined {
  const { maxRemovalShare, minRemovals } = source;
  const all = earlier.reduce((most, hour) => Math.max(most, hour.of), of);
  const sum = earlier.reduce((total, { accounts }) => total + accounts, removed.length);
  // Accounts may come and go more than once. With a share of 1 no removal needs a confirmation.
  const isFew = sum < minRemovals || Math.min(sum, all) <= maxRemovalShare * all;
  if (removed.length === 0 || isFew) return undefined;
  const inAll = sum > removed.length ? `, with earlier changes ${sum} in 24 hours` : "";
  return `${removed.length} of ${all} ${which} (${nameSome(removed, MAX_NAMED)})${inAll}`;
}

const HOUR_MS = 3_600_000;
const hourOf = (now: Date): string => new Date(Math.floor(now.getTime() / HOUR_MS) * HOUR_MS).toISOString();

/** One entry an hour, so that the list stays short however often a document changes. */
function added(recent: readonly RemovalsOfHour[], next: RemovalsOfHour): RemovalsOfHour[] {
  const same = recent.find(({ hour }) => hour === next.hour);
  if (!same) return [...recent, next];
  const established = sumOf(same.established ?? same, next.established ?? next);
  const sum = { hour: same.hour, ...sumOf(same, next), established };
  return recent.map(each => (each === same ? sum : each));
}

const sumOf = (a: Removals, b: Removals): Removals => ({
  accounts: a.accounts + b.accounts,
  of: Math.max(a.of, b.of),
});
