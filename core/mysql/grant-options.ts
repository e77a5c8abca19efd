import type { Roster } from "../roster/roster";
import type { NamesInGrants } from "./database-name";
import { withDeclaredOptions } from "./declared-options";
import { desiredAccounts } from "./desired-account";
import type { ObservedAccount, ObservedState } from "./observed-state";
import { endsSessions } from "./operation";
import { revokeExtras } from "./revoke-extras";
import { revokeRows } from "./revoke-rows";
import { type AccountPlan, NOTHING } from "./statements-request";
import type { AdministratorPrivileges } from "./unrevocable-grants";

/** The account with nothing but what lets it hand on access: GRANT OPTION at any level, and PROXY. */
function onlyGrantOptions(account: ObservedAccount): ObservedAccount {
  const bare = { privileges: [], columns: [], grantOption: true } as const;
  const withOption = <T extends { readonly grantOption: boolean }>(grants: readonly T[]) =>
    grants.filter(({ grantOption }) => grantOption);
  return {
    ...account,
    globalPrivileges: [],
    dynamicPrivileges: [],
    roles: [],
    databases: withOption(account.databases).map(row => ({ ...row, privileges: bare.privileges })),
    tables: withOption(account.tables).map(table => ({ ...table, ...bare })),
    routines: withOption(account.routines).map(routine => ({ ...routine, privileges: bare.privileges })),
  };
}

/**
 * Whether the account could hand on access. Any account can make itself so: `GRANT PROXY ON <itself> TO
 * <itself> WITH GRANT OPTION` gives it the global GRANT OPTION (measured on 8.0 and 9.7).
 */
export const handsOn = (account: ObservedAccount): boolean =>
  account.globalGrantOption ||
  [...account.databases, ...account.tables, ...account.routines].some(({ grantOption }) => grantOption);

/** Takes what lets the account hand on access, and nothing else. */
export function planGrantOptions(
  account: ObservedAccount,
  administrator: AdministratorPrivileges | undefined,
  names: NamesInGrants,
): AccountPlan {
  const found = onlyGrantOptions(account);
  const proxies = administrator?.revokesProxies ? account.proxies : [];
  const operations = [...revokeExtras({ ...found, proxies }), ...revokeRows(found, new Map(), names)];
  const endSessions = operations.some(endsSessions) ? [account] : [];
  return { ...NOTHING, user: account.user, operations, endSessions, handled: [account] };
}

/**
 * The cluster once some accounts have lost what `planGrantOptions` takes. Where the roster declares GRANT
 * OPTION it stays.
 */
export function afterOptions(
  observed: ObservedState,
  isChosen: (user: string) => boolean,
  { now, roster }: { readonly roster: Roster; readonly now: Date },
): ObservedState {
  if (!observed.accounts.some(account => isChosen(account.user) && handsOn(account))) return observed;
  const desired = desiredAccounts(roster, now, observed);
  const after = (account: ObservedAccount) =>
    withoutGrantOptions(withDeclaredOptions(account, desired.get(account.user), observed));
  return {
    ...observed,
    accounts: observed.accounts.map(account => (isChosen(account.user) ? after(account) : account)),
  };
}

/** The account without what `planGrantOptions` takes. */
const withoutGrantOptions = (account: ObservedAccount): ObservedAccount => ({
  ...account,
  globalGrantOption: false,
  databases: account.databases
    .map(row => ({ ...row, grantOption: false }))
    .filter(({ privileges }) => privileges.length > 0),
  tables: account.tables
    .map(table => ({ ...table, grantOption: false }))
    .filter(({ columns, privileges }) => privileges.length + columns.length > 0),
  routines: account.routines
    .map(routine => ({ ...routine, grantOption: false }))
    .filter(({ privileges }) => privileges.length > 0),
});
