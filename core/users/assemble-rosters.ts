import { DATABASE_PRIVILEGES } from "../catalogue/mysql-privileges";
import { SERVER_PRIVILEGES } from "../catalogue/server-privileges";
import { groupBy } from "../group-by";
import { defined, sortedRecord } from "../json";
import { namedRoles } from "../mysql";
import { accountName } from "../roster/account-name";
import { type Ceiling, type CeilingViolation, ceilingViolations } from "../roster/ceiling";
import { isOfServer, objectKey, parseObjectKey, placeText } from "../roster/granted-object";
import { managedName, type OwnNames } from "../roster/managed-names";
import { joinGrants, type PlacedGrant, type Roster, type RosterAccount } from "../roster/roster";
import type { FileGrant, LocatedGrant, UserContext } from "./resolve-grant";
import { termsOn } from "./resolve-options";
import type { LocatedUser } from "./resolve-user";
import type { LocatedTeam } from "./teams/resolve-teams";

/** What the app says about a cluster. */
export interface ClusterOptions {
  /** The most that may be granted there. Default: it is not checked here. */
  readonly ceiling?: Ceiling;
  /** The prefix of accounts there. Default: that of settings.yaml. */
  readonly prefix?: string;
  /** Accounts without the prefix that keep their own names there: `legacy_app@%`. Default: none. */
  readonly alsoManages?: readonly string[] | undefined;
}

/** The cluster that a roster is made for. */
export interface RosterSubject extends OwnNames {
  readonly cluster: string;
  /** The users of all clusters, with the grants of their teams. */
  readonly users: readonly LocatedUser[];
  readonly teams: readonly LocatedTeam[];
}

/**
 * The roster of one cluster: the accounts of all users with a grant there, the roles that these grants name,
 * and the owners of the projects that they name.
 */
export function assembleRoster(
  subject: RosterSubject,
  { projects, roles, settings }: Pick<UserContext, "roles" | "projects" | "settings">,
): Roster {
  const { cluster, prefix, teams, users } = subject;
  const accounts: [string, RosterAccount][] = [];
  const used = new Set<string>();
  const owned = new Set<string>();
  const named = new Set<string>();
  const byUsername = new Map(users.map(({ user }) => [user.username, user]));
  for (const { user } of users) {
    const grants = user.grants.filter(grant => grant.cluster === cluster);
    if (grants.length === 0) continue;
    for (const { privileges, project, role, team } of grants) {
      if (!privileges) used.add(role);
      if (project !== undefined) owned.add(projectOf(project));
      if (team !== undefined) named.add(team);
    }
    const { databases, objects } = joinGrants(grants.flatMap(placesOf));
    const owner = user.owner === undefined ? undefined : byUsername.get(user.owner);
    const { kind, username, name, email = owner?.email } = user;
    const formerly = user.formerly && accountName(prefix, user.formerly);
    const suspended = user.suspended ?? owner?.suspended;
    accounts.push([
      managedName(subject, user.account),
      {
        kind,
        user: username,
        name,
        ...defined({
          email,
          formerly,
          owner: owner?.username,
          suspended,
          login: user.login,
          ...termsOn(user, grants, settings),
        }),
        databases: sortedRecord(Object.entries(databases)),
        ...defined({ objects: objects && sortedRecord(Object.entries(objects)) }),
      },
    ]);
  }
  const privileges = [...used].flatMap(role => {
    const given = roles?.get(role);
    return given && given.length > 0 ? [[role, given] as const] : [];
  });
  const byTeam = new Map(teams.map(({ team }) => [team.name, team.owner]));
  return {
    roles: sortedRecord(privileges),
    accounts: sortedRecord(accounts),
    ...defined({
      projects: ownersOf(owned, project => projects?.get(project)?.owner),
      teams: ownersOf(named, team => byTeam.get(team)),
    }),
  };
}

/** A grant on each of its databases and objects. */
const placesOf = ({ databases, objects = [], cluster: _, ...grant }: FileGrant): PlacedGrant[] => [
  ...databases.map(database => ({ database, grant })),
  ...objects.map(key => {
    const object = parseObjectKey(key)!;
    return { database: object.database, object, grant };
  }),
];

type Owners = NonNullable<Roster["projects"]>;

/** The owners by name; undefined if nobody is. */
function ownersOf(
  names: ReadonlySet<string>,
  ownerOf: (name: string) => Owners[string]["owner"] | undefined,
): Owners | undefined {
  const owners = [...names].flatMap(name => {
    const owner = ownerOf(name);
    return owner ? [[name, { owner }] as const] : [];
  });
  return owners.length > 0 ? sortedRecord(owners) : undefined;
}

/** The project of `project/environment`. Neither name contains a slash. */
const projectOf = (text: string): string => text.slice(0, text.indexOf("/"));

/** The ceiling of a cluster of which nobody says one: it allows what any ceiling can. */
const anyCeiling = (roster: Roster): Ceiling => ({
  privileges: DATABASE_PRIVILEGES,
  global: SERVER_PRIVILEGES,
  nativeRoles: namedRoles([roster]),
  grantOption: true,
});

/** Reports what the roster has above the cluster's ceiling, each violation at the grant that asks for it. */
export function checkCeiling(
  subject: RosterSubject,
  roster: Roster,
  ceiling: Ceiling = anyCeiling(roster),
): void {
  const { cluster, users } = subject;
  const byAccount = new Map(users.map(located => [managedName(subject, located.user.account), located]));
  const grantOf = ({ account, database, object, team }: CeilingViolation) => {
    const isOnIt = ({ databases, objects }: LocatedGrant["grant"]) =>
      object ? objects?.includes(objectKey(object)) : database === undefined || databases.includes(database);
    const isItsTeam = (grant: LocatedGrant["grant"]) => database === undefined || grant.team === team;
    const asksForIt = ({ grant }: LocatedGrant) =>
      grant.cluster === cluster && isItsTeam(grant) && isOnIt(grant);
    return byAccount.get(account)!.grants.find(asksForIt)!;
  };
  const found = groupBy(ceilingViolations(roster, ceiling, subject), violation =>
    JSON.stringify([
      // A team's grant is one mistake, however many members it has.
      violation.team ?? violation.account,
      grantOf(violation).field.file.file,
      grantOf(violation).field.path,
      violation.message,
    ]),
  );
  for (const violations of found.values()) {
    const [first] = violations;
    const { field, grant, via } = grantOf(first!);
    const all = violations.flatMap(({ database, object }) =>
      database === undefined ? [] : [`"${placeText(database, object)}"`],
    );
    const places = [...new Set(all)];
    const given = grant.objects && grant.privileges ? grant.role : `the role "${grant.role}"`;
    const isServer = first!.object && isOfServer(first!.object);
    const on = isServer ? places.join(", ") : `${given} on ${places.join(", ")}`;
    const what = places.length > 0 ? on : "the account";
    const byWay = grant.project ? `, by way of ${grant.project}${via === undefined ? "" : ` (${via})`}` : "";
    field.error(`${what} of "${cluster}"${byWay}: ${first!.message}`, {
      hint:
        first!.hint ??
        "ask for less, or let the ceiling of the cluster allow it (the `ceiling` of its construct)",
    });
  }
}
