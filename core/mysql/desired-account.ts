import { groupBy } from "../group-by";
import { ANY_HOST, hostsOf } from "../roster/account-hosts";
import { accountNames, givenBy, grantsOf, holdsAt, type PlacedGrant, type Roster } from "../roster/roster";
import { foldDatabase, spellDatabase } from "./database-name";
import { type DesiredObject, desiredObjects, rolesText } from "./desired-objects";
import { type DesiredServer, desiredServer, isNothing } from "./desired-server";
import { existence, type ObjectNames } from "./existing-objects";
import { type LoginTerms, termsOf } from "./iam-login";
import type { AccountId } from "./observed-state";
import { quoteAccount } from "./quote";
import { sortedPrivileges } from "./sorted-privileges";

/** The host of every account that declares none. */
export const ACCOUNT_HOST = ANY_HOST;

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
  /** All hosts from which the user logs in, in order. Each has an account; `host` is that of this one. */
  readonly hosts: readonly string[];
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
 * All accounts of a user name are alike; the one of the first host is for all of them.
 */
export function desiredAccounts(roster: Roster, now: Date, names: ObjectNames): Map<string, DesiredAccount> {
  const desired = new Map<string, DesiredAccount>();
  const exists = existence(names);
  for (const user of accountNames(roster)) {
    const current = grantsOf(roster.accounts[user]!).filter(({ grant }) => holdsAt(grant, now));
    const databases = onePlaceEach(
      current.filter(({ object }) => object === undefined || object.kind === "PATTERN"),
    )
      .map(of => {
        const { database, object } = of[0]!;
        return {
          database,
          isPattern: object !== undefined,
          spelled: object ? foldDatabase(database, names) : spellDatabase(database, names),
          role: rolesText(of),
          privileges: sortedPrivileges(givenTogether(of.map(({ grant }) => givenBy(roster, { grant })))),
        };
      })
      .filter(({ privileges }) => privileges.length > 0)
      .sort((a, b) => (a.spelled < b.spelled ? -1 : 1));
    const objects = desiredObjects(roster, current, names, exists);
    const server = desiredServer(current);
    if (databases.length + objects.length === 0 && isNothing(server)) continue;
    const account = roster.accounts[user]!;
    const isSuspended = account.suspended === true;
    const own = termsOf(account);
    const terms = account.keepsTerms ? { ...own, keepsFound: true } : own;
    const { formerly } = account;
    const hosts = hostsOf(account);
    // Without a spread: V8 builds a literal that begins with one ten times as slowly.
    desired.set(user, {
      user,
      host: hosts[0]!,
      hosts,
      formerly,
      isSuspended,
      terms,
      databases,
      objects,
      server,
    });
  }
  return desired;
}

/** The grants on each database and pattern: MySQL keeps one row for all of them together. */
const onePlaceEach = (placed: readonly PlacedGrant[]) => [
  ...groupBy(placed, ({ database, object }) => `${object?.kind ?? "DATABASE"} ${database}`).values(),
];

/** One list is returned as it is: many accounts share it. */
const givenTogether = (lists: readonly (readonly string[])[]): readonly string[] =>
  lists.length === 1 ? lists[0]! : [...new Set(lists.flat())];

/** The accounts of a user name that should exist, by quoted name, for texts. */
export const namesOfAll = ({ hosts, user }: DesiredAccount): string =>
  hosts.map(host => quoteAccount({ user, host })).join(", ");
