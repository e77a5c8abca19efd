import { lowerName } from "../catalogue/lower-case";
import { groupBy } from "../group-by";
import { byCodeUnit } from "../json";
import { escapeDatabase, patternsOverlap } from "../mysql/database-name";
import {
  columnsApart,
  type GrantedObject,
  objectKey,
  parseObjectKey,
  placeText,
} from "../roster/granted-object";
import { reportCaseClash } from "./check-databases";
import type { FileGrant, LocatedGrant } from "./resolve-grant";
import type { LocatedUser } from "./resolve-user";

/** Reports two files with the same user or account. Names that differ by case are different, as in MySQL. */
export function checkNamesOnce(users: readonly LocatedUser[]): void {
  const usernames = new Map<string, LocatedUser>();
  const accounts = new Map<string, LocatedUser>();
  for (const located of [...users].sort((a, b) => byCodeUnit(a.user.file, b.user.file))) {
    const { user } = located;
    const sameName = usernames.get(user.username);
    const sameAccount = accounts.get(user.account);
    if (sameName)
      located.username.error(`the user "${user.username}" is already in ${sameName.username.place()}`, {
        hint: "one user has one file: put the grants together",
      });
    else if (sameAccount) {
      const owner = `"${sameAccount.user.username}", ${sameAccount.account.place()}`;
      located.account.error(`the account "${user.account}" belongs to ${owner}`, {
        hint: "name another with `account:`",
      });
    }
    if (!sameName) usernames.set(user.username, located);
    if (!sameAccount) accounts.set(user.account, located);
  }
}

/** Warns about people who share an e-mail address, and about accounts that differ in case only. */
export function checkAlike(users: readonly LocatedUser[]): void {
  const people = users.filter(({ user }) => user.kind === "person");
  for (const [first, ...others] of alike(people, ({ email }) => email))
    for (const { user, email } of others)
      email.warn(`"${user.email}" is also the address in ${first!.email.place()}`, {
        hint: "one person has one file; each gets the messages of both",
      });
  for (const [first, ...others] of alike(people, ({ account }) => account))
    for (const { user, account } of others.filter(other => other.user.account !== first!.user.account))
      account.warn(
        `the account "${user.account}" and "${first!.user.account}", ${first!.account.place()}, differ in case only`,
        {
          hint: "identity providers compare names without case; name another with `account:`",
        },
      );
}

/** Users with the same text, regardless of case, in the order of their files. */
function alike(users: readonly LocatedUser[], textOf: (user: LocatedUser["user"]) => string | undefined) {
  const sorted = [...users].sort((a, b) => byCodeUnit(a.user.file, b.user.file));
  const groups = groupBy(sorted, ({ user }) => textOf(user)?.toLowerCase());
  groups.delete(undefined);
  return [...groups.values()];
}

/** What a grant says about each of its databases, in a form that can be compared. */
const terms = ({ role, privileges, expires, reason, project, grantOption }: FileGrant): string =>
  JSON.stringify([role, privileges, expires, reason, project, grantOption].map(term => term ?? null));

/**
 * Reports grants of one user on the same database: MySQL keeps one row for it, so one of them would be lost.
 */
export function checkOverlaps(user: Pick<LocatedUser, "grants">): void {
  checkDatabasesOnce(user);
  checkPatterns(user);
  checkObjectsOnce(user);
}

/** Reports grants of one user on the same table, column or routine: it would not be clear when one ends. */
function checkObjectsOnce({ grants }: Pick<LocatedUser, "grants">): void {
  const seen = new Map<string, LocatedGrant>();
  for (const located of grants) {
    const { cluster, objects = [] } = located.grant;
    const parts = objects.flatMap(key => columnsApart(parseObjectKey(key)!));
    for (const part of parts) {
      const key = lowerName(JSON.stringify([cluster, objectKey(part)]));
      const earlier = seen.get(key);
      seen.set(key, earlier ?? located);
      if (!earlier) continue;
      located.field.error(
        `grants "${placeText(part.database, part)}" on "${cluster}", and ${earlier.field.place()} grants it, too`,
        { hint: `leave one of the two out: an account has one grant on ${onceOn(part)}` },
      );
      break;
    }
  }
}

const onceOn = ({ kind }: GrantedObject): string =>
  (
    ({ PRIVILEGE: "a global privilege", ROLE: "a native role", PATTERN: "a pattern" }) as Record<
      string,
      string
    >
  )[kind] ?? "a table, column or routine";

/** A database, or a pattern of databases, that a grant names. */
export interface NamedDatabase {
  readonly cluster: string;
  readonly name: string;
  /** As a pattern. */
  readonly spelled: string;
  readonly isPattern: boolean;
  readonly located: LocatedGrant;
}

/** The databases and patterns that a grant names. */
export function databaseNames(located: LocatedGrant): NamedDatabase[] {
  const { cluster, databases, objects = [] } = located.grant;
  const patterns = objects.flatMap(key => {
    const object = parseObjectKey(key)!;
    return object.kind === "PATTERN" ? [object.name] : [];
  });
  return [
    ...databases.map(name => ({ cluster, name, spelled: escapeDatabase(name), isPattern: false, located })),
    ...patterns.map(name => ({ cluster, name, spelled: name, isPattern: true, located })),
  ];
}

/** Whether one of two different names is a pattern, and both can be of one database. */
export const canBeOne = (a: NamedDatabase, b: NamedDatabase): boolean =>
  (a.isPattern || b.isPattern) &&
  a.name !== b.name &&
  patternsOverlap(lowerName(a.spelled), lowerName(b.spelled));

/**
 * Reports patterns that share a database with another pattern, or match one that the user has by its name:
 * MySQL applies only one of the two to it, and they do not add up.
 */
function checkPatterns({ grants }: Pick<LocatedUser, "grants">): void {
  const [seen, patterns]: [NamedDatabase[], NamedDatabase[]] = [[], []];
  for (const one of grants.flatMap(databaseNames)) {
    const other = (one.isPattern ? seen : patterns).find(
      before => before.cluster === one.cluster && canBeOne(before, one),
    );
    if (other) {
      const what = `"${other.name}", ${other.located.field.place()}`;
      one.located.field.error(
        `"${one.name}" on "${one.cluster}" and ${what}, can be one database: MySQL applies one of them`,
        {
          hint: "change the pattern, or leave one of the two out",
        },
      );
    }
    seen.push(one);
    if (one.isPattern) patterns.push(one);
  }
}

function checkDatabasesOnce({ grants }: Pick<LocatedUser, "grants">): void {
  const seen = new Map<string, { database: string; located: LocatedGrant }>();
  for (const located of grants) {
    const { cluster, databases } = located.grant;
    const same: string[] = [];
    const other: string[] = [];
    let earlier: LocatedGrant | undefined;
    for (const database of databases) {
      const key = JSON.stringify([cluster, lowerName(database)]);
      const before = seen.get(key);
      if (!before) seen.set(key, { database, located });
      else if (before.database !== database) {
        const list = located.via ? located.field : located.field.at("databases");
        reportCaseClash(list, database, before.database, before.located.field.place());
      } else {
        earlier ??= before.located;
        (terms(before.located.grant) === terms(located.grant) ? same : other).push(database);
      }
    }
    if (earlier) reportOverlap({ located, earlier, same, other });
  }
}

/** Databases of a grant that an earlier grant of the user names too. */
interface Overlap {
  readonly located: LocatedGrant;
  readonly earlier: LocatedGrant;
  /** Where both grants say the same. */
  readonly same: readonly string[];
  /** Where they differ. */
  readonly other: readonly string[];
}

function reportOverlap({ located, earlier, same, other }: Overlap): void {
  const { field, grant, via } = located;
  const place = `${earlier.field.place()}${earlier.via ? ` by way of ${earlier.via}` : ""}`;
  const on = (databases: readonly string[]) =>
    `${databases.map(name => `"${name}"`).join(", ")} on "${grant.cluster}"${via ? ` (by way of ${via})` : ""}`;
  const noun = ({ length }: readonly string[]) => (length === 1 ? "database" : "databases");
  if (same.length > 0)
    field.error(`gives ${on(same)} what ${place} gives already`, { hint: "leave one of the two out" });
  if (other.length > 0)
    field.error(`grants ${on(other)}, and ${place} grants the same ${noun(other)} with other terms`, {
      hint: "leave one of the two out: an account has one role on a database",
    });
}
