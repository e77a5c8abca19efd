import { sortPrivileges } from "../catalogue/mysql-privileges";
import { defined } from "../json";
import { accountNames, givenBy, grantsOf, holdsAt, type Roster } from "../roster/roster";
import { foldDatabase, spellDatabase } from "./database-name";
import { type DesiredObject, desiredObjects } from "./desired-objects";
import { type DesiredServer, desiredServer, isNothing } from "./desired-server";
import { existence, type ObjectNames } from "./existing-objects";
import { type LoginTerms, termsOf } from "./iam-login";
import type { AccountId } from "./observed-state";

/** The host of every managed account. Security groups, not hosts, decide who reaches the network. */
export const ACCOUNT_HOST = "%";

/** What one account should have in one database, or in those that match a pattern. */
export interface DesiredDatabase {
  /** The name, or the pattern. */
  readonly database: string;
  readonly isPattern: boolean;
  /** The database's name as grants on this server spell it. */
  readonly spelled: string;
  readonly role: string;
  /** With GRANT OPTION, if that is declared. */
  readonly privileges: readonly string[];
}

export interface DesiredAccount extends AccountId {
  /** The account's former name. Absent: it had no other. */
  readonly formerly?: string | undefined;
  readonly isSuspended: boolean;
  readonly terms: LoginTerms;
  readonly databases: readonly DesiredDatabase[];
  /** What it should have on tables, columns and routines. */
  readonly objects: readonly DesiredObject[];
  /** Its global privileges and native roles. */
  readonly server: DesiredServer;
}

/**
 * The accounts that should exist at `now`, by user name: those of the roster with at least one current grant.
 */
export function desiredAccounts(roster: Roster, now: Date, names: ObjectNames): Map<string, DesiredAccount> {
  const desired = new Map<string, DesiredAccount>();
  const exists = existence(names);
  for (const user of accountNames(roster)) {
    const current = grantsOf(roster.accounts[user]!).filter(({ grant }) => holdsAt(grant, now));
    const databases = current
      .filter(({ object }) => object === undefined || object.kind === "PATTERN")
      .map(({ database, grant, object }) => ({
        database,
        isPattern: object !== undefined,
        spelled: object ? foldDatabase(database, names) : spellDatabase(database, names),
        role: grant.role,
        privileges: sortPrivileges(givenBy(roster, { grant })),
      }))
      .filter(({ privileges }) => privileges.length > 0)
      .sort((a, b) => (a.spelled < b.spelled ? -1 : 1));
    const objects = desiredObjects(roster, current, names, exists);
    const server = desiredServer(current);
    if (databases.length + objects.length === 0 && isNothing(server)) continue;
    const account = roster.accounts[user]!;
    const isSuspended = account.suspended === true;
    const terms = { ...termsOf(account), keepsFound: account.keepsTerms };
    const { formerly } = account;
    const id = { user, host: ACCOUNT_HOST, ...defined({ formerly }) };
    desired.set(user, { ...id, isSuspended, terms, databases, objects, server });
  }
  return desired;
}
