import { canonicalJson, type Json } from "../json";
import {
  accountNames,
  filterAccounts,
  privilegesOf,
  type Roster,
  type RosterAccount,
} from "../roster/roster";

/** How many accounts a new document removes, adds and changes. */
export interface SourceChanges {
  readonly removed: number;
  readonly added: number;
  readonly changed: number;
}

export function sourceChanges(before: Roster, after: Roster): SourceChanges {
  const isIn = (roster: Roster) => (name: string) => Object.hasOwn(roster.accounts, name);
  const kept = accountNames(after).filter(isIn(before));
  return {
    removed: accountNames(before).length - kept.length,
    added: accountNames(after).length - kept.length,
    changed: changedAccounts(before, after).filter(isIn(before)).length,
  };
}

/** The accounts of `after` whose grants are others than in `before`. Reasons and names do not count. */
export const changedAccounts = (before: Roster, after: Roster): string[] =>
  accountNames(after).filter(account => grantsText(before, account) !== grantsText(after, account));

/** What an account may do by a roster, with roles replaced by their privileges. */
function grantsText(roster: Roster, account: string): string {
  if (!Object.hasOwn(roster.accounts, account)) return "";
  const grants = Object.entries(roster.accounts[account]!.databases).map(([database, grant]) => [
    database,
    { role: grant.role, expires: grant.expires, privileges: privilegesOf(roster, grant) },
  ]);
  return canonicalJson(Object.fromEntries(grants) as Json);
}

/** The roster of a document, with the entries of the unresolved accounts as they were in force. */
export function rosterWithout(
  unresolved: ReadonlySet<string>,
  { effective, roster }: { readonly roster: Roster; readonly effective: Roster },
): Roster {
  const { accounts: resolved } = filterAccounts(roster, name => !unresolved.has(name));
  const asBefore = Object.entries(effective.accounts)
    .filter(([name]) => unresolved.has(name))
    .map(([name, account]) => [name, spelledOut(effective, account)] as const);
  return { ...roster, accounts: { ...resolved, ...Object.fromEntries(asBefore) } };
}

/**
 * The account with its roles' privileges in the grants: another roster may give the roles another meaning.
 */
function spelledOut(roster: Roster, account: RosterAccount): RosterAccount {
  const databases = Object.entries(account.databases).map(
    ([database, grant]) => [database, { ...grant, privileges: privilegesOf(roster, grant) }] as const,
  );
  return { ...account, databases: Object.fromEntries(databases) };
}
