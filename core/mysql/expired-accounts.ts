import { groupBy } from "../group-by";
import { isOfServer } from "../roster/granted-object";
import { accountNames, grantsOf, holdsAt, type PlacedGrant, type Roster } from "../roster/roster";
import { isSameDatabase, type NamesInGrants, rowReachesGrant } from "./database-name";
import { withDeclaredOptions } from "./declared-options";
import { type DesiredAccount, desiredAccounts } from "./desired-account";
import { heldServer } from "./desired-server";
import { isHostOf } from "./former-hosts";
import { hostRank } from "./host-order";
import { keyOfObject, routineKey, tableKey } from "./object-names";
import type { ObservedAccount, ObservedState } from "./observed-state";
import { undeclaredPart } from "./undeclared-part";

/**
 * The accounts that still hold something where a grant has expired at `now`, by any grant that reaches it and
 * that is not declared, also one that was made by hand: expired access must not go on in another form. An
 * account without a current grant counts if it exists.
 */
export function expiredAccounts(roster: Roster, observed: ObservedState, now: Date): Set<string> {
  const byUser = groupBy(observed.accounts, ({ user }) => user);
  const desired = desiredAccounts(roster, now, observed);
  const expired = accountNames(roster).filter(user => {
    const grants = grantsOf(roster.accounts[user]!);
    const over = grants.filter(({ grant }) => !holdsAt(grant, now));
    const existing = byUser.get(user) ?? [];
    if (over.length === 0 || existing.length === 0) return false;
    if (over.length === grants.length) return true;
    const beyond = existing.map(account => withoutDeclared(account, desired.get(user), observed));
    return beyond.some(account => over.some(place => reaches(account, place, observed)));
  });
  return new Set(expired);
}

/**
 * The users whose access goes on after it has expired, by an account of the name at a host that no roster
 * gives them. It gives access to its own logins. What it has on databases, tables and routines also counts
 * for logins of nearer hosts, even if it is locked (measured).
 */
export function expiredElsewhere(roster: Roster, observed: ObservedState, now: Date): Set<string> {
  const isOwn = isHostOf(roster);
  const others = observed.accounts.filter(({ host, user }) => !isOwn(user, host));
  if (others.length === 0) return new Set();
  const desired = desiredAccounts(roster, now, observed);
  const giving = others.flatMap(account => {
    const declared = desired.get(account.user);
    if (!declared) return [];
    if (!account.locked) return [account];
    const reach = declared.hosts.some(host => hostRank(host) > hostRank(account.host));
    return reach && !declared.isSuspended ? [{ ...account, ...NOTHING_OF_THE_SERVER }] : [];
  });
  return expiredAccounts(roster, { ...observed, accounts: giving }, now);
}

/** Counts for the account's own logins alone. */
const NOTHING_OF_THE_SERVER = {
  globalPrivileges: [],
  dynamicPrivileges: [],
  roles: [],
} satisfies Partial<ObservedAccount>;

/** What the account holds on databases, tables and routines beyond its current grants. */
function withoutDeclared(
  account: ObservedAccount,
  desired: DesiredAccount | undefined,
  names: NamesInGrants,
): ObservedAccount {
  if (!desired) return account;
  const current = new Map(desired.databases.map(one => [one.spelled, one.privileges as readonly string[]]));
  const { found } = undeclaredPart(desired, withDeclaredOptions(account, desired, names), names);
  const databases = found.databases
    .map(row => ({ ...row, privileges: row.privileges.filter(p => !current.get(row.name)?.includes(p)) }))
    .filter(({ grantOption, privileges }) => privileges.length > 0 || grantOption);
  return { ...found, databases };
}

function reaches(account: ObservedAccount, { database, object }: PlacedGrant, names: NamesInGrants): boolean {
  const { databases, tables, routines } = account;
  if (object && isOfServer(object)) {
    const { privileges, roles } = heldServer(account);
    return (object.kind === "ROLE" ? roles : privileges).has(object.name);
  }
  const key = object && keyOfObject(object, names);
  const isThere = (grant: { readonly database: string }, own: string) =>
    key === undefined ? isSameDatabase(grant.database, database, names) : own === key;
  return (
    databases.some(row => rowReachesGrant(row.name, database, object?.kind === "PATTERN", names)) ||
    tables.some(table => isThere(table, tableKey(table, names))) ||
    routines.some(routine => isThere(routine, routineKey(routine, names)))
  );
}
