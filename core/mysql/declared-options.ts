import { groupBy } from "../group-by";
import { GRANT_OPTION } from "../roster/roster";
import type { NamesInGrants } from "./database-name";
import type { DesiredAccount } from "./desired-account";
import { existingAccount } from "./former-account";
import { routineKey, tableKey } from "./object-names";
import type { ObservedAccount } from "./observed-state";
import type { StatementsRequest } from "./statements-request";
import { predecessorOf } from "./taken-over";

/**
 * The account with GRANT OPTION among the privileges of a grant where that is declared, and no longer apart:
 * so nobody takes it. Where it is not declared, it stays what no roster has.
 */
export function withDeclaredOptions(
  account: ObservedAccount,
  desired: DesiredAccount | undefined,
  names: NamesInGrants,
): ObservedAccount {
  return desired?.hosts.includes(account.host) ? withOptionsOf(account, desired, names) : account;
}

/** The accounts, each like that for the declared account that it is, or becomes by a rename. */
export function allWithDeclaredOptions(
  accounts: readonly ObservedAccount[],
  desired: readonly DesiredAccount[],
  request: StatementsRequest,
): { readonly account: ObservedAccount; readonly found: ObservedAccount }[] {
  if (!desired.some(declaresOptions)) return accounts.map(account => ({ account, found: account }));
  const byUser = groupBy(accounts, ({ user }) => user);
  const become = new Map<ObservedAccount, DesiredAccount>();
  for (const one of desired) {
    const former = predecessorOf(one, accounts, request);
    for (const host of one.hosts) {
      const existing = existingAccount({ ...one, host }, byUser.get(one.user) ?? [], former);
      if (existing) become.set(existing, one);
    }
  }
  return accounts.map(found => {
    const one = become.get(found);
    return { found, account: one ? withOptionsOf(found, one, request.observed) : found };
  });
}

const declaresOptions = ({ databases, objects }: DesiredAccount): boolean =>
  databases.some(({ privileges }) => privileges.includes(GRANT_OPTION)) ||
  objects.some(({ items }) => items.some(({ privilege }) => privilege === GRANT_OPTION));

function withOptionsOf(
  account: ObservedAccount,
  desired: DesiredAccount,
  names: NamesInGrants,
): ObservedAccount {
  const rows = new Set(
    desired.databases.flatMap(({ privileges, spelled }) =>
      privileges.includes(GRANT_OPTION) ? [spelled] : [],
    ),
  );
  const keys = new Set(
    desired.objects.flatMap(({ items, key }) =>
      items.some(({ privilege }) => privilege === GRANT_OPTION) ? [key] : [],
    ),
  );
  if (rows.size + keys.size === 0) return account;
  return {
    ...account,
    databases: account.databases.map(row => (rows.has(row.name) ? joined(row) : row)),
    tables: account.tables.map(table => (keys.has(tableKey(table, names)) ? joined(table) : table)),
    routines: account.routines.map(routine =>
      keys.has(routineKey(routine, names)) ? joined(routine) : routine,
    ),
  };
}

const joined = <G extends { readonly grantOption: boolean; readonly privileges: readonly string[] }>(
  grant: G,
): G =>
  grant.grantOption
    ? { ...grant, privileges: [...grant.privileges, GRANT_OPTION], grantOption: false }
    : grant;
