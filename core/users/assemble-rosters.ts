import { DATABASE_PRIVILEGES } from "../catalogue/mysql-privileges";
import { byCodeUnit } from "../json";
import { accountName } from "../roster/account-name";
import { type Ceiling, ceilingViolations } from "../roster/ceiling";
import type { DatabaseGrant, Roster, RosterAccount } from "../roster/roster";
import { type Problem, problemAt } from "./problem";
import type { Projects } from "./resolve-projects";
import type { Roles } from "./resolve-roles";
import type { LocatedGrant, LocatedUser } from "./resolve-user";

/** What the app says about a cluster. */
export interface ClusterOptions {
  /** The most that may be granted there. Absent: the ceiling is not looked at here. */
  readonly ceiling?: Ceiling;
  /** The prefix of accounts there. @default - that of settings.yaml */
  readonly prefix?: string;
}

/** What grants name beside a cluster. */
export interface NamedInGrants {
  readonly roles: Roles;
  readonly projects: Projects;
}

/**
 * The roster of one cluster: the accounts of all who have a grant there, the roles that these grants name, and who answers for the
 * projects that they come from.
 */
export function assembleRoster(
  cluster: string,
  users: readonly LocatedUser[],
  prefix: string,
  { roles, projects }: NamedInGrants,
): Roster {
  const accounts: [string, RosterAccount][] = [];
  const used = new Set<string>();
  const owned = new Set<string>();
  for (const { user } of users) {
    const grants = user.grants.filter(grant => grant.cluster === cluster);
    if (grants.length === 0) continue;
    const databases: [string, DatabaseGrant][] = grants.flatMap(({ databases, cluster: _, ...grant }) => {
      if (!grant.privileges) used.add(grant.role);
      if (grant.project !== undefined) owned.add(projectOf(grant.project));
      return databases.map((database): [string, DatabaseGrant] => [database, grant]);
    });
    const { kind, username, name, email } = user;
    const who = { kind, user: username, name, ...(email === undefined ? {} : { email }) };
    accounts.push([accountName(prefix, user.account), { ...who, databases: ordered(databases) }]);
  }
  const privileges = [...used].flatMap(role => {
    const given = roles?.get(role);
    return given && given.length > 0 ? [[role, given] as const] : [];
  });
  const owners = [...owned].flatMap(project => {
    const owner = projects?.get(project)?.owner;
    return owner ? [[project, { owner }] as const] : [];
  });
  return {
    roles: ordered(privileges),
    accounts: ordered(accounts),
    ...(owners.length > 0 ? { projects: ordered(owners) } : {}),
  };
}

/** The project of `project/environment`: neither name holds a slash. */
const projectOf = (text: string): string => text.slice(0, text.indexOf("/"));

const ordered = <T>(entries: readonly (readonly [string, T])[]): Record<string, T> =>
  Object.fromEntries([...entries].sort(([a], [b]) => byCodeUnit(a, b)));

/** What of the roster the cluster's ceiling forbids, each at the grant that asks for it. */
export function checkCeiling(
  cluster: string,
  roster: Roster,
  users: readonly LocatedUser[],
  prefix: string,
  ceiling: Ceiling | undefined,
): Problem[] {
  const byAccount = new Map(users.map(located => [accountName(prefix, located.user.account), located]));
  const found = new Map<
    string,
    { located: LocatedUser; grant: LocatedGrant; message: string; databases: string[] }
  >();
  for (const { account, database, message } of ceilingViolations(
    roster,
    ceiling ?? { privileges: DATABASE_PRIVILEGES },
    prefix,
  )) {
    const located = byAccount.get(account)!;
    const grant = located.grants.find(
      ({ grant }) =>
        grant.cluster === cluster && (database === undefined || grant.databases.includes(database)),
    )!;
    const key = JSON.stringify([account, grant.path, message]);
    const entry = found.get(key) ?? { located, grant, message, databases: [] };
    if (database !== undefined) entry.databases.push(database);
    found.set(key, entry);
  }
  return [...found.values()].map(({ located, grant, message, databases }) => {
    const { role, project } = grant.grant;
    const what =
      databases.length > 0
        ? `the role "${role}" on ${databases.map(name => `"${name}"`).join(", ")}`
        : "the account";
    const via = project ? `, by way of ${project} (${grant.via})` : "";
    const hint = "ask for less, or let the ceiling of the cluster allow it (the `ceiling` of its construct)";
    return problemAt(located.source, grant.path, `${what} of "${cluster}"${via}: ${message}`, hint);
  });
}
