import { byCodeUnit, defined } from "../json";
import { isOfServer } from "../roster/granted-object";
import { mapGrants, type PlacedGrant, type Roster } from "../roster/roster";
import { assembleRoster, type ClusterOptions, checkCeiling } from "./assemble-rosters";
import { checkAgents } from "./check-agents";
import { checkFormerly } from "./check-formerly";
import { checkRules } from "./check-rules";
import { checkText } from "./check-text";
import { checkAlike, checkNamesOnce, checkOverlaps } from "./check-users";
import { Field } from "./field";
import { type FolderOwners, folderOwners } from "./folder-owners";
import type { UsersFile } from "./located-node";
import { nearest } from "./nearest";
import { type Problem, Problems, problemAt, sortProblems } from "./problem";
import type { FileGrant } from "./resolve-grant";
import { checkDefaults, checkHosts } from "./resolve-options";
import { resolveProjects } from "./resolve-projects";
import { resolveRoles } from "./resolve-roles";
import { resolveRules } from "./resolve-rules";
import { resolveSettings } from "./resolve-settings";
import { type LocatedUser, resolveUser, type User } from "./resolve-user";
import { knownPlaces } from "./rule-places";
import type { Settings } from "./settings-file-schema";
import { resolveTeams, type Team, withTeams } from "./teams/resolve-teams";
import { withoutMembers } from "./teams/without-members";

export const SETTINGS_FILE = "settings.yaml";
export const ROLES_FILE = "roles.yaml";
export const PROJECTS_FILE = "projects.yaml";
export const RULES_FILE = "rules.yaml";
export const TEAMS_FILE = "teams.yaml";
/** The files that are no user's, and that can change what others mean. */
export const SPECIAL_FILES: readonly string[] = [
  SETTINGS_FILE,
  ROLES_FILE,
  PROJECTS_FILE,
  RULES_FILE,
  TEAMS_FILE,
];

export interface AssembleUsersOptions {
  /**
   * The clusters that the app declares, by name. Absent: any name is accepted, and ceilings are not checked.
   */
  readonly clusters?: Readonly<Record<string, ClusterOptions>>;
  /** Grants that end before this moment have expired, which is a warning. */
  readonly now: Date;
  /** User names of files that are left out, and that teams may name all the same. @default - none */
  readonly leftOut?: ReadonlySet<string> | undefined;
}

/** A grant of a user, and where it is written. */
export interface GrantPlace {
  /** The user name. */
  readonly user: string;
  readonly grant: FileGrant;
  /** `users/jane.doe.yaml:7` */
  readonly at: string;
}

/**
 * What a users folder declares. With problems, `users` has what could be read, and `rosters` nothing: half a
 * roster would take access away.
 */
export interface AssembledUsers {
  readonly settings: Settings;
  /** In the order of their user names, with the grants of their own files. */
  readonly users: readonly User[];
  /** In the order of their names. */
  readonly teams: readonly Team[];
  /** Where each grant is written, in the order of the users. */
  readonly grantPlaces: readonly GrantPlace[];
  /** By cluster: one for each cluster that the app declares or a grant names. */
  readonly rosters: Readonly<Record<string, Roster>>;
  /** Who answers for projects, roles and teams. */
  readonly owners: FolderOwners;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/**
 * Checks all files of a users folder and turns them into one roster a cluster. Reports all problems of all
 * files.
 */
export function assembleUsers(texts: readonly UsersFile[], options: AssembleUsersOptions): AssembledUsers {
  const problems = new Problems();
  const files = texts.map(file => checkText(withoutMembers(file, options.leftOut), problems));
  const misnamed = reportMisnamed(files, problems);
  const named = (name: string) => files.find(file => file.name === name) ?? misnamed.get(name);
  const clusters = options.clusters && new Map(Object.entries(options.clusters));

  const settings = resolveSettings(named(SETTINGS_FILE), problems);
  const prefixOf = (cluster: string) => clusters?.get(cluster)?.prefix ?? settings.prefix;
  const rolesFile = named(ROLES_FILE);
  const roles = resolveRoles(rolesFile, problems);
  const known = clusters && [...clusters.keys()].sort(byCodeUnit);
  const projects = resolveProjects(named(PROJECTS_FILE), { roles, settings, clusters: known }, problems);
  const settingsFile = named(SETTINGS_FILE);
  if (settingsFile) checkDefaults(new Field(settingsFile, problems, ["defaults"]), { roles, projects });
  const prefixes = known && known.length > 0 ? known.map(prefixOf) : [settings.prefix];
  const context = { roles, projects, settings, clusters: known, prefixes, now: options.now };

  const isUser = ({ file, name }: UsersFile) =>
    !SPECIAL_FILES.includes(name) && ![...misnamed.values()].some(other => other.file === file);
  const located = locateUsers(files.filter(isUser), context, problems);
  const teams = resolveTeams(named(TEAMS_FILE), located, context, problems);
  const members = withTeams(located, teams);
  checkHosts(members, settings);

  const mentioned = members.flatMap(({ user }) => user.grants.map(grant => grant.cluster));
  const names = [...new Set([...(known ?? []), ...mentioned])].sort(byCodeUnit);
  const places = knownPlaces(projects, members, clusters);
  const users = members.map(({ user }) => user);
  const rules = resolveRules(named(RULES_FILE), { roles, places, users }, problems);
  const namesOn = (cluster: string) => ({
    prefix: prefixOf(cluster),
    alsoManages: clusters?.get(cluster)?.alsoManages,
  });
  const rosters = names.map(cluster => {
    const subject = { cluster, users: members, teams, ...namesOn(cluster) };
    const roster = { ...assembleRoster(subject, context), ...defined({ rules: rules.on(cluster) }) };
    checkCeiling(subject, withoutUnknownRoles(roster), clusters?.get(cluster)?.ceiling);
    return [cluster, roster] as const;
  });
  const ofClusters = rosters.map(([cluster, roster]) => ({ cluster, roster }));
  checkRules(ofClusters, { users: members, rules, namesOn, now: options.now });
  return {
    settings,
    users: located.map(({ user }) => user),
    teams: teams.map(({ team }) => team),
    grantPlaces: members.flatMap(({ grants, user: { username: user } }) =>
      grants.map(({ field, grant }) => ({ user, grant, at: field.place() })),
    ),
    owners: folderOwners(projects, rolesFile?.tree && new Field(rolesFile, problems), teams),
    rosters: problems.errors.length > 0 ? {} : Object.fromEntries(rosters),
    problems: sortProblems(problems.errors),
    warnings: sortProblems(problems.warnings),
  };
}

/** The users of their files, in the order of their names, with the checks that need no other file. */
function locateUsers(
  files: readonly UsersFile[],
  context: Parameters<typeof resolveUser>[1],
  problems: Problems,
): LocatedUser[] {
  const located = files
    .flatMap(file => resolveUser(file, context, problems) ?? [])
    .sort((a, b) => byCodeUnit(a.user.username, b.user.username) || byCodeUnit(a.user.file, b.user.file));
  checkNamesOnce(located);
  checkAlike(located);
  checkFormerly(located);
  located.forEach(checkOverlaps);
  checkAgents(located, context.roles);
  return located;
}

/**
 * Reports files like `setting.yaml`: no file of a user, and nearly the name of another file. That other file
 * counts as one that could not be read.
 * @returns by the name that was meant
 */
function reportMisnamed(files: readonly UsersFile[], problems: Problems): Map<string, UsersFile> {
  const misnamed = new Map<string, UsersFile>();
  for (const { file, name, tree } of files) {
    if (SPECIAL_FILES.includes(name) || !tree) continue;
    const keys = tree.kind === "map" ? tree.entries.map(({ key }) => key) : [];
    const meant = nearest(
      name.replace(/\.yaml$/, ""),
      SPECIAL_FILES.map(special => special.replace(/\.yaml$/, "")),
    );
    if (meant === undefined || ["name", "email", "grants"].some(key => keys.includes(key))) continue;
    problems.errors.push(
      problemAt({ file, name }, [], `"${name}" is read as the file of a user, and holds none`, {
        hint: `did you mean "${meant}.yaml"?`,
      }),
    );
    misnamed.set(`${meant}.yaml`, { file, name });
  }
  return misnamed;
}

/** The roster without grants of unknown roles: they are already reported at the grant or in roles.yaml. */
function withoutUnknownRoles(roster: Roster): Roster {
  const isKnown = ({ grant, object }: PlacedGrant) =>
    grant.privileges ?? ((object && isOfServer(object)) || Object.hasOwn(roster.roles, grant.role));
  const accounts = Object.entries(roster.accounts).map(
    ([name, account]) =>
      [name, mapGrants(account, placed => (isKnown(placed) ? placed.grant : undefined))] as const,
  );
  return { ...roster, accounts: Object.fromEntries(accounts) };
}
