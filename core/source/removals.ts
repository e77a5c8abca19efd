import type { ParameterSource } from "../contract/registry-entry";
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

const withAccess = (roster: Roster, now: Date): string[] =>
  accountNames(roster).filter(name =>
    Object.values(roster.accounts[name]!.databases).some(grant => holdsAt(grant, now)),
  );

/** What documents removed in one hour without a confirmation. */
export interface RemovalsOfHour {
  /** The hour's beginning, as an ISO 8601 timestamp. */
  readonly hour: string;
  readonly accounts: number;
  /** How many accounts had access before. */
  readonly of: number;
}

export interface RemovalCheck {
  readonly before: Roster;
  readonly after: Roster;
  readonly now: Date;
  readonly source: Pick<ParameterSource, "maxRemovalShare" | "minRemovals">;
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
 * added up over 24 hours, so that many small ones need what one large one does.
 */
export function judgeRemoval(check: RemovalCheck): string | readonly RemovalsOfHour[] {
  const { maxRemovalShare, minRemovals } = check.source;
  const { after, before, confirmed, now } = check;
  const removed = removedAccounts(before, after, now);
  const recent = check.earlier.filter(({ hour }) => Date.parse(hour) > now.getTime() - DAY_MS - HOUR_MS);
  if (removed.length === 0) return recent;
  const holders = withAccess(before, now).length;
  const all = recent.reduce((most, { of }) => Math.max(most, of), holders);
  const sum = recent.reduce((total, { accounts }) => total + accounts, removed.length);
  // Accounts may come and go more than once. With a share of 1 no removal needs a confirmation.
  if (sum < minRemovals || Math.min(sum, all) <= maxRemovalShare * all)
    return added(recent, { hour: hourOf(now), accounts: removed.length, of: holders });
  const token = check.tokenOf(removed);
  if (confirmed.includes(token)) return [];
  const inAll = sum > removed.length ? `, with earlier changes ${sum} in 24 hours` : "";
  const other = confirmed.length === 0 ? "" : ", and its `confirmRemovals` confirms another removal";
  return (
    `it takes access away from ${removed.length} of ${all} accounts (${nameSome(removed, MAX_NAMED)})${inAll}, ` +
    `which is more than the share of ${maxRemovalShare} that goes without being confirmed${other}. ` +
    `If that is meant, write "confirmRemovals": "${token}" next to "users"`
  );
}

const HOUR_MS = 3_600_000;
const hourOf = (now: Date): string => new Date(Math.floor(now.getTime() / HOUR_MS) * HOUR_MS).toISOString();

/** One entry an hour, so that the list stays short however often a document changes. */
function added(recent: readonly RemovalsOfHour[], next: RemovalsOfHour): RemovalsOfHour[] {
  const same = recent.find(({ hour }) => hour === next.hour);
  if (!same) return [...recent, next];
  const sum = { ...same, accounts: same.accounts + next.accounts, of: Math.max(same.of, next.of) };
  return recent.map(each => (each === same ? sum : each));
}
