import { isSameDatabase, type NamesInGrants, rowReaches, rowReachesGrant } from "./database-name";
import type { DesiredAccount, DesiredDatabase } from "./desired-account";
import { heldItems, itemKey, type ObjectItem, privilegeOf } from "./object-items";
import type { ObservedAccount, RoleRules } from "./observed-state";
import type { KnownPassword } from "./password-login";

/** An account that exists, and what it should become. */
export interface AccountChange {
  readonly desired: DesiredAccount;
  /** Without its declared grants on tables and routines, and without what cannot be revoked. */
  readonly observed: ObservedAccount;
  /** The account as it is. */
  readonly existing: ObservedAccount;
  /** What it holds on tables and routines, by `heldItems`. */
  readonly held: ReturnType<typeof heldItems>;
  /** Accounts of the same user name at other hosts. Logins use them where their hosts are more specific. */
  readonly otherHosts: readonly ObservedAccount[];
  readonly names: NamesInGrants & RoleRules;
  /** What the ledger knows of its password. */
  readonly password?: KnownPassword | undefined;
  readonly now: Date;
}

/**
 * Whether the account may already hold a privilege by a grant that is about to be revoked, other than by its
 * row `spelled` of `mysql.db`. The privilege is then granted before the revocation, so that the account never
 * lacks it. In doubt the answer is yes: that grants nothing that is not declared. Of a suspended account the
 * answer is no: it is locked first.
 * @param within what an account's grants on tables and routines give of it
 */
function heldElsewhere(
  { desired, observed, otherHosts, names }: AccountChange,
  { database, isPattern = false }: { readonly database: string; readonly isPattern?: boolean },
  spelled: string | undefined,
  within: (account: ObservedAccount) => readonly string[],
): (privilege: string) => boolean {
  if (desired.isSuspended) return () => false;
  const all = [observed, ...otherHosts];
  const held = new Set(
    all.flatMap(account => [
      ...account.globalPrivileges,
      ...account.databases
        .filter(row => !(account === observed && row.name === spelled))
        .filter(row => rowReachesGrant(row.name, database, isPattern, names))
        .flatMap(row => row.privileges),
      ...within(account),
    ]),
  );
  // Where a partial revoke restricts the privilege, a GRANT would lift the restriction and write no row
  // (measured). Such a grant waits until the revocations are done.
  const restricted = new Set(
    observed.restrictions
      .filter(one => isSameDatabase(one.database, database, names))
      .flatMap(r => r.privileges),
  );
  const hasRole = all.some(account => account.roles.length > 0);
  return privilege => !restricted.has(privilege) && (hasRole || held.has(privilege));
}

/** Whether the account may already hold a privilege in a database otherwise than by its row for it. */
export const heldInDatabase = (
  change: AccountChange,
  { database, isPattern, spelled }: Pick<DesiredDatabase, "database" | "isPattern" | "spelled">,
): ((privilege: string) => boolean) => {
  const isThere = (grant: { readonly database: string }) =>
    isPattern
      ? rowReaches(spelled, grant.database, change.names)
      : isSameDatabase(grant.database, database, change.names);
  return heldElsewhere(change, { database, isPattern }, spelled, ({ routines, tables }) => [
    ...tables.filter(isThere).flatMap(table => [...table.privileges, ...table.columns.map(c => c.privilege)]),
    ...routines.filter(isThere).flatMap(routine => routine.privileges),
  ]);
};

/** Tells whether the account may already hold an item on a table or routine, or a part of it. */
export function heldOnObjects(change: AccountChange) {
  if (change.desired.isSuspended) return () => () => false;
  const all = [change.observed, ...change.otherHosts].map(account => heldItems(account, change.names));
  const hasPart = ({ column, privilege }: ObjectItem, keys: ReadonlySet<string>): boolean =>
    keys.has(itemKey({ privilege, column })) ||
    (column === undefined
      ? [...keys].some(key => privilegeOf(key) === privilege)
      : keys.has(itemKey({ privilege })));
  return ({ database, key }: { readonly database: string; readonly key: string }) => {
    const isAround = heldElsewhere(change, { database }, undefined, () => []);
    const own = all.flatMap(held => held.get(key) ?? []);
    return (item: ObjectItem): boolean => isAround(item.privilege) || own.some(keys => hasPart(item, keys));
  };
}
