import { DATABASE_PRIVILEGES } from "../../core/catalogue/mysql-privileges";
import { rowReaches } from "../../core/mysql/database-name";
import { grantsOf, holdsAt, privilegesOf } from "../../core/roster/roster";
import type { Facts } from "./facts";
import { type Check, listed, notSeen, ok, type Verdict, wrong } from "./verdict";

/** After a login that works: whether the account is the one that is meant, and has its roles. */
export const roleCheck: Check = { name: "role in force", judge: role };

function role({ account, cluster, declared, login, now }: Facts): Verdict {
  if (login.kind !== "in") return notSeen("no login was possible");
  const user = login.currentUser.slice(0, login.currentUser.lastIndexOf("@"));
  if (user !== account)
    return wrong(
      "other-account",
      `The server lets ${account} in as ${login.currentUser}, which is another account`,
      "ask for the removal of accounts without a name",
    );
  const { account: details, roster, unseen } = declared;
  if (!roster) return notSeen(unseen ?? "there is no users folder here");
  if (!details) return notSeen(`the users folder has no ${account} on ${cluster}`);
  const rows = login.grants.flatMap(parseLine);
  const current = grantsOf(details).filter(({ grant, object }) => !object && holdsAt(grant, now));
  for (const { database, grant } of details.suspended ? [] : current) {
    const held = heldOn(rows, database);
    const missing = privilegesOf(roster, grant).filter(privilege => !held.has(privilege));
    if (missing.length > 0)
      return wrong(
        "role-not-in-force",
        `The login works, but ${account} lacks ${listed(missing)} of its role ${grant.role} on ${database}`,
        "ask for an apply of the cluster's stack",
      );
  }
  return ok(
    current.map(({ database, grant }) => `${grant.role} on ${database}`).join(", ") || "nothing to compare",
  );
}

interface GrantRow {
  readonly verb: string;
  readonly privileges: readonly string[];
  /** As in the grant; undefined: all databases. */
  readonly database: string | undefined;
}

const LINE = /^(GRANT|REVOKE) ([A-Z0-9_, ]+) ON (?:\*\.\*|`((?:[^`]|``)*)`\.\*) (?:TO|FROM) /s;

/** A line of SHOW GRANTS about a database or all of them; none for any other. */
function parseLine(line: string): GrantRow[] {
  const [, verb, list, name] = LINE.exec(line) ?? [];
  if (verb === undefined || list === undefined) return [];
  const names = list.split(",").map(privilege => privilege.trim());
  const privileges = names.includes("ALL PRIVILEGES") ? DATABASE_PRIVILEGES : names;
  return [{ verb, privileges, database: name?.replaceAll("``", "`") }];
}

/** Names are read in both ways, so that no difference of servers is taken for a missing grant. */
function heldOn(rows: readonly GrantRow[], database: string): Set<string> {
  const reaches = (row: string) =>
    [true, false].some(partialRevokes =>
      rowReaches(row, database, { partialRevokes, lowerCaseTableNames: 1 }),
    );
  const about = rows.filter(row => row.database === undefined || reaches(row.database));
  const of = (verb: string) => about.filter(row => row.verb === verb).flatMap(({ privileges }) => privileges);
  const revoked = of("REVOKE");
  return new Set(of("GRANT").filter(privilege => !revoked.includes(privilege)));
}
