import { byCodeUnit } from "../json";
import { caseClash } from "./check-databases";
import type { NodePath } from "./located-node";
import { type Problem, placeOf, problemAt } from "./problem";
import type { FileGrant, LocatedGrant, LocatedUser } from "./resolve-user";

/** Two files that mean the same user, or the same account. Names that differ by case are different ones: so MySQL has it. */
export function checkNamesOnce(users: readonly LocatedUser[], problems: Problem[]): void {
  const usernames = new Map<string, LocatedUser>();
  const accounts = new Map<string, LocatedUser>();
  for (const located of [...users].sort((a, b) => byCodeUnit(a.source.file, b.source.file))) {
    const { user, source } = located;
    const sameName = usernames.get(user.username);
    const sameAccount = accounts.get(user.account);
    if (sameName) {
      const message = `the user "${user.username}" is in ${placeOf(sameName.source, sameName.usernamePath)} already`;
      problems.push(
        problemAt(source, located.usernamePath, message, "one user has one file: put the grants together"),
      );
    } else if (sameAccount) {
      const message = `the account "${user.account}" belongs to "${sameAccount.user.username}", ${placeOf(sameAccount.source, sameAccount.accountPath)}`;
      problems.push(problemAt(source, located.accountPath, message, "name another with `account:`"));
    }
    if (!sameName) usernames.set(user.username, located);
    if (!sameAccount) accounts.set(user.account, located);
  }
}

/** What a grant says of each of its databases. */
const terms = (grant: FileGrant): string =>
  JSON.stringify([
    grant.role,
    grant.privileges ?? null,
    grant.expires ?? null,
    grant.reason ?? null,
    grant.project ?? null,
  ]);

/** Two grants of one user that reach the same database: MySQL keeps one row for it, so one of them would be lost. */
export function checkOverlaps({ source, grants }: LocatedUser, problems: Problem[]): void {
  const seen = new Map<string, { database: string; located: LocatedGrant }>();
  for (const located of grants) {
    const { cluster, databases } = located.grant;
    const same: string[] = [];
    const other: string[] = [];
    let earlier: LocatedGrant | undefined;
    for (const database of databases) {
      const key = JSON.stringify([cluster, database.toLowerCase()]);
      const before = seen.get(key);
      if (!before) seen.set(key, { database, located });
      else if (before.database !== database)
        problems.push(
          problemAt(
            source,
            databasePath(located),
            ...caseClash(database, before.database, placeOf(source, before.located.path)),
          ),
        );
      else {
        earlier ??= before.located;
        (terms(before.located.grant) === terms(located.grant) ? same : other).push(database);
      }
    }
    const place =
      earlier && `${placeOf(source, earlier.path)}${earlier.via ? ` by way of ${earlier.via}` : ""}`;
    const via = located.via ? ` (by way of ${located.via})` : "";
    if (same.length > 0)
      problems.push(
        problemAt(
          source,
          located.path,
          `gives ${on(same, cluster)}${via} what ${place} gives already`,
          "leave one of the two out",
        ),
      );
    if (other.length > 0)
      problems.push(
        problemAt(
          source,
          located.path,
          `says something else of ${on(other, cluster)}${via} than ${place}`,
          "leave one of the two out: an account has one role on a database",
        ),
      );
  }
}

const databasePath = (located: LocatedGrant): NodePath =>
  located.via ? located.path : [...located.path, "databases"];

const on = (databases: readonly string[], cluster: string): string =>
  `${databases.map(name => `"${name}"`).join(", ")} on "${cluster}"`;
