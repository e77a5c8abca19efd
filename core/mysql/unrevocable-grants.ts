import { hasUnorderedRows } from "./ambiguous-patterns";
import type { NamesInGrants } from "./database-name";
import type { ObservedAccount } from "./observed-state";
import { quoteAccount, quoteIdentifier } from "./quote";

/** What the connection's own account may hand on, read from the server. */
export interface AdministratorPrivileges {
  /** Privileges that it holds on everything, with GRANT OPTION. */
  readonly grantable: readonly string[];
  /** Its partial revokes: RDS keeps its administrators from writing to `mysql`. */
  readonly restrictions: readonly { readonly database: string; readonly privileges: readonly string[] }[];
}

/** Who may not even be altered or dropped by an administrator without it. */
export const isOutOfReach = (
  account: ObservedAccount,
  administrator: AdministratorPrivileges | undefined,
): boolean =>
  administrator !== undefined &&
  !administrator.grantable.includes("SYSTEM_USER") &&
  account.dynamicPrivileges.some(privilege => privilege.name === "SYSTEM_USER");

/**
 * What of the account this administrator cannot take away privilege by privilege: what it lacks itself (1044, 1045, 1227), what one
 * with partial revokes may not touch (3879: global privileges that it holds restricted, every dynamic one), PROXY (1698), and
 * routines that the server itself no longer finds (1403), and overlapping pattern rows for which no order is safe. `REVOKE ALL PRIVILEGES, GRANT OPTION FROM` is refused to a restricted
 * administrator too (3879), so that such an account has to be dropped and created anew.
 */
export function unrevocableGrants(
  account: ObservedAccount,
  keeps: (row: string, privilege: string) => boolean,
  administrator: AdministratorPrivileges | undefined,
  names: NamesInGrants,
): string[] {
  const found = account.proxies.map(proxied => `PROXY ON ${quoteAccount(proxied)}`);
  if (hasUnorderedRows(account, names)) found.push("pattern rows that overlap and are equally specific");
  for (const { database, routine, type, garbled } of account.routines)
    if (garbled) found.push(`${type} ${quoteIdentifier(database)}.${quoteIdentifier(routine)}`);
  if (!administrator) return found;

  const { grantable, restrictions } = administrator;
  const lacks = (privilege: string) => !grantable.includes(privilege);
  const keptFrom = (database: string, privilege: string) =>
    restrictions.some(r => r.database === database && r.privileges.includes(privilege));
  const beyondAccount = (privilege: string) =>
    restrictions.some(
      r =>
        r.privileges.includes(privilege) &&
        !account.restrictions.some(a => a.database === r.database && a.privileges.includes(privilege)),
    );
  const note = (cannot: boolean, what: string) => {
    if (cannot) found.push(what);
  };

  for (const p of account.globalPrivileges) note(lacks(p) || beyondAccount(p), `${p} ON *.*`);
  for (const { name } of account.dynamicPrivileges)
    note(lacks(name) || restrictions.length > 0, `${name} ON *.*`);
  for (const row of account.databases) {
    for (const p of row.privileges)
      note(
        !keeps(row.name, p) && (lacks(p) || keptFrom(row.name, p)),
        `${p} ON ${quoteIdentifier(row.name)}.*`,
      );
  }
  for (const { database, table, privileges, columns } of account.tables) {
    for (const p of new Set([...privileges, ...columns.map(c => c.privilege)])) {
      note(
        lacks(p) || keptFrom(database, p),
        `${p} ON ${quoteIdentifier(database)}.${quoteIdentifier(table)}`,
      );
    }
  }
  for (const { database, routine, type, privileges } of account.routines) {
    for (const p of privileges) {
      note(
        lacks(p) || keptFrom(database, p),
        `${p} ON ${type} ${quoteIdentifier(database)}.${quoteIdentifier(routine)}`,
      );
    }
  }
  return found;
}
