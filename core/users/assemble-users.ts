import { byCodeUnit } from "../json";
import type { Roster } from "../roster/roster";
import { assembleRoster, type ClusterOptions, checkCeiling } from "./assemble-rosters";
import { checkText } from "./check-text";
import { checkNamesOnce, checkOverlaps } from "./check-users";
import type { UsersFile } from "./located-node";
import { type Problem, Problems, sortProblems } from "./problem";
import { resolveProjects } from "./resolve-projects";
import { resolveRoles } from "./resolve-roles";
import { resolveSettings } from "./resolve-settings";
import { resolveUser, type User } from "./resolve-user";
import type { Settings } from "./settings-file-schema";

export const SETTINGS_FILE = "settings.yaml";
export const ROLES_FILE = "roles.yaml";
export const PROJECTS_FILE = "projects.yaml";

export interface AssembleUsersOptions {
  /**
   * The clusters that the app declares, by name. Absent: any name is accepted, and ceilings are not checked.
   */
  readonly clusters?: Readonly<Record<string, ClusterOptions>>;
  /** Grants that end before this moment have expired, which is a warning. */
  readonly now: Date;
}

/**
 * What a users folder declares. With problems, `users` has what could be read, and `rosters` nothing: half a
 * roster would take access away.
 */
export interface AssembledUsers {
  readonly settings: Settings;
  /** In the order of their user names. */
  readonly users: readonly User[];
  /** By cluster: one for each cluster that the app declares or a grant names. */
  readonly rosters: Readonly<Record<string, Roster>>;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/**
 * Checks all files of a users folder and turns them into one roster a cluster. Reports all problems of all
 * files.
 */
export function assembleUsers(texts: readonly UsersFile[], options: AssembleUsersOptions): AssembledUsers {
  const problems = new Problems();
  const files = texts.map(file => checkText(file, problems));
  const named = (name: string) => files.find(file => file.name === name);
  const clusters = options.clusters && new Map(Object.entries(options.clusters));

  const settings = resolveSettings(named(SETTINGS_FILE), problems);
  const prefixOf = (cluster: string) => clusters?.get(cluster)?.prefix ?? settings.prefix;
  const roles = resolveRoles(named(ROLES_FILE), problems);
  const known = clusters && [...clusters.keys()].sort(byCodeUnit);
  const projects = resolveProjects(named(PROJECTS_FILE), { roles, settings, clusters: known }, problems);
  const prefixes = known && known.length > 0 ? known.map(prefixOf) : [settings.prefix];
  const context = { roles, projects, settings, clusters: known, prefixes, now: options.now };

  const located = files
    .filter(({ name }) => name !== SETTINGS_FILE && name !== ROLES_FILE && name !== PROJECTS_FILE)
    .flatMap(file => resolveUser(file, context, problems) ?? [])
    .sort((a, b) => byCodeUnit(a.user.username, b.user.username) || byCodeUnit(a.user.file, b.user.file));
  checkNamesOnce(located);
  located.forEach(checkOverlaps);

  const mentioned = located.flatMap(({ user }) => user.grants.map(grant => grant.cluster));
  const names = [...new Set([...(known ?? []), ...mentioned])].sort(byCodeUnit);
  const rosters = names.map(cluster => {
    const subject = { cluster, users: located, prefix: prefixOf(cluster) };
    const roster = assembleRoster(subject, { roles, projects });
    checkCeiling(subject, withoutUnknownRoles(roster), clusters?.get(cluster)?.ceiling);
    return [cluster, roster] as const;
  });
  return {
    settings,
    users: located.map(({ user }) => user),
    rosters: problems.errors.length > 0 ? {} : Object.fromEntries(rosters),
    problems: sortProblems(problems.errors),
    warnings: sortProblems(problems.warnings),
  };
}

/** The roster without grants of unknown roles: they are already reported at the grant or in roles.yaml. */
function withoutUnknownRoles(roster: Roster): Roster {
  const accounts = Object.entries(roster.accounts).map(([name, account]) => {
    const databases = Object.entries(account.databases).filter(
      ([, { role, privileges }]) => privileges ?? Object.hasOwn(roster.roles, role),
    );
    return [name, { ...account, databases: Object.fromEntries(databases) }] as const;
  });
  return { ...roster, accounts: Object.fromEntries(accounts) };
}
