import { GRANT_OPTION } from "../roster/roster";
import type { NamesInGrants } from "./database-name";
import type { DesiredAccount } from "./desired-account";
import { routineKey, tableKey } from "./object-names";
import type { ObservedAccount } from "./observed-state";

/**
 * The account with GRANT OPTION among the privileges of a grant where that is declared, and no longer apart:
 * so nobody takes it. Where it is not declared, it stays what no roster has.
 */
export function withDeclaredOptions(
  account: ObservedAccount,
  desired: DesiredAccount | undefined,
  names: NamesInGrants,
): ObservedAccount {
  if (desired?.host !== account.host) return account;
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
