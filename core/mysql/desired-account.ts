import { type DatabasePrivilege, sortPrivileges } from "../catalogue/mysql-privileges";
import { accountNames, holdsAt, privilegesOf, type Roster } from "../roster/roster";
import { type NamesInGrants, spellDatabase } from "./database-name";
import { type LoginTerms, termsOf } from "./iam-login";
import type { AccountId } from "./observed-state";

/** The host of every managed account. Security groups, not hosts, decide who reaches the network. */
export const ACCOUNT_HOST = "%";

/** What one account should have in one database. */
export interface DesiredDatabase {
  readonly database: string;
  /** The database's name as grants on this server spell it. */
  readonly spelled: string;
  readonly role: string;
  readonly privileges: readonly DatabasePrivilege[];
}

export interface DesiredAccount extends AccountId {
  readonly isSuspended: boolean;
  readonly terms: LoginTerms;
  readonly databases: readonly DesiredDatabase[];
}

/**
 * The accounts that should exist at `now`, by user name: those of the roster with at least one current grant.
 */
export function desiredAccounts(
  roster: Roster,
  now: Date,
  names: NamesInGrants,
): Map<string, DesiredAccount> {
  const desired = new Map<string, DesiredAccount>();
  for (const user of accountNames(roster)) {
    const databases = Object.entries(roster.accounts[user]!.databases)
      .filter(([, grant]) => holdsAt(grant, now))
      .map(([database, grant]) => ({
        database,
        spelled: spellDatabase(database, names),
        role: grant.role,
        privileges: sortPrivileges(privilegesOf(roster, grant)),
      }))
      .filter(({ privileges }) => privileges.length > 0)
      .sort((a, b) => (a.spelled < b.spelled ? -1 : 1));
    if (databases.length === 0) continue;
    const account = roster.accounts[user]!;
    const isSuspended = account.suspended === true;
    const terms = { ...termsOf(account), keepsFound: account.keepsTerms };
    desired.set(user, { user, host: ACCOUNT_HOST, isSuspended, terms, databases });
  }
  return desired;
}
