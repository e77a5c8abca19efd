import { hasUnorderedRows } from "./ambiguous-patterns";
import { type NamesInGrants, rowReaches } from "./database-name";
import type { ObservedAccount, RoleRules } from "./observed-state";
import { quoteAccount, quoteIdentifier } from "./quote";
import { isMandatory, isRevocable } from "./role-rules";

/** What the connection's own account may grant, as read from the server. */
export interface AdministratorPrivileges {
  /** Privileges that it holds on everything, with GRANT OPTION. */
  readonly grantable: readonly string[];
  /** What it can grant in single databases, by the name in the grant. Absent: nothing more. */
  readonly databases?:
    | readonly { readonly name: string; readonly privileges: readonly string[] }[]
    | undefined;
  /** Its partial revokes. RDS uses them to keep its administrators from writing to `mysql`. */
  readonly restrictions: readonly { readonly database: string; readonly privileges: readonly string[] }[];
  /**
   * Whether it can revoke a global privilege that it holds with restrictions, from an account that has the
   * same restrictions. 9.7 allows that; 8.0 refuses it (3879).
   */
  readonly revokesRestricted: boolean;
  /** Whether it can revoke PROXY: it holds that on all accounts WITH GRANT OPTION, as `root` does. */
  readonly revokesProxies: boolean;
}

/** Whether the administrator can grant and revoke the privilege on a database, or on a row of `mysql.db`. */
export const canGrantOn = (
  database: string,
  privilege: string,
  { databases = [], grantable }: AdministratorPrivileges,
  names: NamesInGrants,
): boolean =>
  grantable.includes(privilege) ||
  databases.some(
    ({ name, privileges }) =>
      privileges.includes(privilege) && (name === database || rowReaches(name, database, names)),
  );

/** Whether the administrator may not even alter or drop the account. */
export const isOutOfReach = (
  account: ObservedAccount,
  administrator: AdministratorPrivileges | undefined,
): boolean =>
  administrator !== undefined &&
  !administrator.grantable.includes("SYSTEM_USER") &&
  account.dynamicPrivileges.some(privilege => privilege.name === "SYSTEM_USER");

/** By which rules an account loses its grants. */
export interface RevocationRules {
  /** Whether a row of `mysql.db` keeps the privilege. */
  readonly keeps: (row: string, privilege: string) => boolean;
  readonly administrator?: AdministratorPrivileges | undefined;
  readonly names: NamesInGrants;
  readonly roleRules: RoleRules;
}

/** The grants of an account by whether this administrator can revoke them one by one. */
export interface SortedGrants {
  /** What it cannot revoke, as a grant names it: `FILE ON *.*`. */
  readonly unrevocable: readonly string[];
  /** The account without that: with what can be revoked, and with what it keeps. */
  readonly revocable: ObservedAccount;
}

/**
 * Finds the grants of an account that this administrator cannot revoke one by one (with the server's errors):
 * - privileges that it lacks itself (1044, 1045, 1227)
 * - with `partial_revokes`: global privileges that it holds with restrictions, and all dynamic ones (3879);
 *   9.7 lets it revoke the former from an account with the same restrictions
 * - routines that the server no longer finds (1403)
 * - overlapping pattern rows without a safe order
 * - roles, without ROLE_ADMIN or ADMIN OPTION (1227)
 *
 * A role that every account has (3628) counts as neither: to revoke it would change nothing.
 *
 * `REVOKE ALL PRIVILEGES, GRANT OPTION` fails for a restricted administrator as well (3879), so such an
 * account has to be dropped and created again. PROXY, which most administrators cannot revoke (1698), counts
 * as neither: see `keptProxies`.
 */
export function sortGrants(account: ObservedAccount, rules: RevocationRules): SortedGrants {
  const { administrator, keeps, names, roleRules } = rules;
  const unrevocable = new Set<string>();
  /** False, and the grant is noted, if it cannot be revoked. */
  const can = (isRefused: boolean, privilege: string, object: string): boolean => {
    if (isRefused) unrevocable.add(`${privilege} ON ${object}`);
    return !isRefused;
  };
  const isUnordered = hasUnorderedRows(account, names);
  if (isUnordered) unrevocable.add("pattern rows that overlap and are equally specific");
  for (const { database, routine, type, misencoded } of account.routines)
    if (misencoded) unrevocable.add(`${type} ${quoteIdentifier(database)}.${quoteIdentifier(routine)}`);
  const { dynamic, fixed, onDatabase } = refusals(account, administrator, names);
  const roles = account.roles.filter(role => !isMandatory(role, roleRules));
  for (const role of roles) if (!isRevocable(role, roleRules)) unrevocable.add(`role ${quoteAccount(role)}`);

  const globalPrivileges = account.globalPrivileges.filter(p => can(fixed(p), p, "*.*"));
  const dynamicPrivileges = account.dynamicPrivileges.filter(({ name }) => can(dynamic(name), name, "*.*"));
  const databases = account.databases.map(({ name, privileges, grantOption }) => {
    const rest = privileges.filter(
      p => keeps(name, p) || (can(onDatabase(name, p), p, `${quoteIdentifier(name)}.*`) && !isUnordered),
    );
    return { name, privileges: rest, grantOption };
  });
  const tables = account.tables.map(table => {
    const object = `${quoteIdentifier(table.database)}.${quoteIdentifier(table.table)}`;
    const isRevocable = (p: string) => can(onDatabase(table.database, p), p, object);
    const columns = table.columns.filter(({ privilege }) => isRevocable(privilege));
    return { ...table, privileges: table.privileges.filter(isRevocable), columns };
  });
  const routines = account.routines.map(routine => {
    const { database, misencoded, privileges, type } = routine;
    const object = `${type} ${quoteIdentifier(database)}.${quoteIdentifier(routine.routine)}`;
    const rest = privileges.filter(p => can(onDatabase(database, p), p, object) && !misencoded);
    return { ...routine, privileges: rest, grantOption: routine.grantOption && !misencoded };
  });
  const isWhole = unrevocable.size === 0 && roles.length === account.roles.length;
  if (isWhole && keptProxies(account, administrator).length === 0)
    return { unrevocable: [], revocable: account };
  const revocable: ObservedAccount = {
    ...account,
    globalPrivileges,
    dynamicPrivileges,
    databases,
    roles: roles.filter(role => isRevocable(role, roleRules)),
    tables: tables.filter(t => t.privileges.length > 0 || t.columns.length > 0 || t.grantOption),
    routines: routines.filter(r => r.privileges.length > 0 || r.grantOption),
    proxies: administrator?.revokesProxies ? account.proxies : [],
  };
  return { unrevocable: [...unrevocable], revocable };
}

/** The accounts that the account may act as, where the administrator cannot revoke that. */
export const keptProxies = (
  { proxies }: ObservedAccount,
  administrator: AdministratorPrivileges | undefined,
): ObservedAccount["proxies"] => (administrator?.revokesProxies ? [] : proxies);

/** What the server refuses to revoke from the account: fixed, dynamic, and on a database. */
function refusals(
  { restrictions: own }: ObservedAccount,
  administrator: AdministratorPrivileges | undefined,
  names: NamesInGrants,
) {
  if (!administrator) return { fixed: () => false, dynamic: () => false, onDatabase: () => false };
  const { grantable, restrictions, revokesRestricted } = administrator;
  const lacks = (privilege: string) => !grantable.includes(privilege);
  const hasSame = (database: string, privilege: string) =>
    own.some(o => o.database === database && o.privileges.includes(privilege));
  const restrictedMore = (privilege: string) =>
    restrictions.some(
      ({ database, privileges }) =>
        privileges.includes(privilege) && !(revokesRestricted && hasSame(database, privilege)),
    );
  return {
    fixed: (privilege: string) => lacks(privilege) || restrictedMore(privilege),
    dynamic: (privilege: string) => lacks(privilege) || restrictions.length > 0,
    onDatabase: (database: string, privilege: string) =>
      !canGrantOn(database, privilege, administrator, names) ||
      restrictions.some(r => r.database === database && r.privileges.includes(privilege)),
  };
}
