import { hasUnorderedRows } from "./ambiguous-patterns";
import type { NamesInGrants } from "./database-name";
import type { ObservedAccount } from "./observed-state";
import { quoteAccount, quoteIdentifier } from "./quote";

/** What the connection's own account may grant, as read from the server. */
export interface AdministratorPrivileges {
  /** Privileges that it holds on everything, with GRANT OPTION. */
  readonly grantable: readonly string[];
  /** Its partial revokes. RDS uses them to keep its administrators from writing to `mysql`. */
  readonly restrictions: readonly { readonly database: string; readonly privileges: readonly string[] }[];
  /**
   * Whether it can revoke a global privilege that it holds with restrictions, from an account that has the
   * same restrictions. 9.7 allows that; 8.0 refuses it (3879).
   */
  readonly revokesRestricted: boolean;
}

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
}

/**
 * The grants of an account that this administrator cannot revoke one by one (with the server's errors):
 * - privileges that it lacks itself (1044, 1045, 1227)
 * - with `partial_revokes`: global privileges that it holds with restrictions, and all dynamic ones (3879);
 *   9.7 lets it revoke the former from an account with the same restrictions
 * - PROXY (1698)
 * - routines that the server no longer finds (1403)
 * - overlapping pattern rows without a safe order
 *
 * `REVOKE ALL PRIVILEGES, GRANT OPTION` fails for a restricted administrator as well (3879), so such an
 * account has to be dropped and created again.
 */
export function unrevocableGrants(account: ObservedAccount, rules: RevocationRules): string[] {
  const { administrator, names } = rules;
  const found = account.proxies.map(proxied => `PROXY ON ${quoteAccount(proxied)}`);
  if (hasUnorderedRows(account, names)) found.push("pattern rows that overlap and are equally specific");
  for (const { database, routine, type, misencoded } of account.routines)
    if (misencoded) found.push(`${type} ${quoteIdentifier(database)}.${quoteIdentifier(routine)}`);
  if (!administrator) return found;
  return [
    ...found,
    ...globalGrants(account, administrator),
    ...objectGrants(account, administrator, rules.keeps),
  ];
}

/** Global and dynamic privileges that the administrator cannot revoke. */
function globalGrants(
  { dynamicPrivileges, globalPrivileges, restrictions: own }: ObservedAccount,
  { grantable, restrictions, revokesRestricted }: AdministratorPrivileges,
): string[] {
  const restrictedMore = (privilege: string) =>
    restrictions.some(
      ({ database, privileges }) =>
        privileges.includes(privilege) &&
        !(revokesRestricted && own.some(o => o.database === database && o.privileges.includes(privilege))),
    );
  return [
    ...globalPrivileges.filter(p => !grantable.includes(p) || restrictedMore(p)),
    ...dynamicPrivileges
      .map(({ name }) => name)
      .filter(name => !grantable.includes(name) || restrictions.length > 0),
  ].map(privilege => `${privilege} ON *.*`);
}

/** Privileges on databases, tables and routines that the administrator cannot revoke. */
function objectGrants(
  { databases, routines, tables }: ObservedAccount,
  { grantable, restrictions }: AdministratorPrivileges,
  keeps: RevocationRules["keeps"],
): string[] {
  const cannotRevoke = (database: string) => (privilege: string) =>
    !grantable.includes(privilege) ||
    restrictions.some(r => r.database === database && r.privileges.includes(privilege));
  return [
    ...databases.flatMap(({ name, privileges }) =>
      privileges
        .filter(p => !keeps(name, p) && cannotRevoke(name)(p))
        .map(p => `${p} ON ${quoteIdentifier(name)}.*`),
    ),
    ...tables.flatMap(({ database, table, privileges, columns }) =>
      [...new Set([...privileges, ...columns.map(c => c.privilege)])]
        .filter(cannotRevoke(database))
        .map(p => `${p} ON ${quoteIdentifier(database)}.${quoteIdentifier(table)}`),
    ),
    ...routines.flatMap(({ database, routine, type, privileges }) =>
      privileges
        .filter(cannotRevoke(database))
        .map(p => `${p} ON ${type} ${quoteIdentifier(database)}.${quoteIdentifier(routine)}`),
    ),
  ];
}
