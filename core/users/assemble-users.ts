import { byCodeUnit } from "../json";
import type { Roster } from "../roster/roster";
import { assembleRoster, type ClusterOptions, checkCeiling } from "./assemble-rosters";
import { checkText } from "./check-text";
import { checkNamesOnce, checkOverlaps } from "./check-users";
import type { UsersFile } from "./located-node";
import { type Problem, sortProblems } from "./problem";
import { resolveProjects } from "./resolve-projects";
import { resolveRoles } from "./resolve-roles";
import { resolveSettings } from "./resolve-settings";
import { resolveUser, type User } from "./resolve-user";
import type { Settings } from "./settings-file-schema";

export const SETTINGS_FILE = "settings.yaml";
export const ROLES_FILE = "roles.yaml";
export const PROJECTS_FILE = "projects.yaml";

export interface AssembleUsersOptions {
  /** The clusters that the app declares, by name. Absent: any name is taken for a cluster, and ceilings are not looked at. */
  readonly clusters?: Readonly<Record<string, ClusterOptions>>;
  /** What is before this moment has expired, which is a warning. */
  readonly now: Date;
}

/** What a users folder says. With problems, `users` holds what could be read and `rosters` nothing: half a roster takes access away. */
export interface AssembledUsers {
  readonly settings: Settings;
  /** In the order of their user names. */
  readonly users: readonly User[];
  /** By cluster: one for each that is declared, and for each that a grant names. */
  readonly rosters: Readonly<Record<string, Roster>>;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** Checks all files of a users folder and turns them into one roster a cluster. All problems of all files come back at once. */
export function assembleUsers(files: readonly UsersFile[], options: AssembleUsersOptions): AssembledUsers {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const sources = files.map(file => {
    const checked = checkText(file);
    problems.push(...checked.problems);
    return checked.source;
  });
  const named = (name: string) => sources.find(source => source.name === name);
  const clusters = options.clusters && new Map(Object.entries(options.clusters));

  const settings = resolveSettings(named(SETTINGS_FILE), problems);
  const prefixOf = (cluster: string) => clusters?.get(cluster)?.prefix ?? settings.prefix;
  const roles = resolveRoles(named(ROLES_FILE), problems);
  const known = clusters && [...clusters.keys()].sort(byCodeUnit);
  const projects = resolveProjects(named(PROJECTS_FILE), { roles, settings, clusters: known }, problems);
  const prefixes = known && known.length > 0 ? known.map(prefixOf) : [settings.prefix];
  const context = { roles, projects, settings, clusters: known, prefixes, now: options.now };

  const located = sources
    .filter(({ name }) => name !== SETTINGS_FILE && name !== ROLES_FILE && name !== PROJECTS_FILE)
    .flatMap(source => resolveUser(source, context, problems, warnings) ?? [])
    .sort((a, b) => byCodeUnit(a.user.username, b.user.username) || byCodeUnit(a.source.file, b.source.file));
  checkNamesOnce(located, problems);
  for (const user of located) checkOverlaps(user, problems);

  const mentioned = located.flatMap(({ user }) => user.grants.map(grant => grant.cluster));
  const names = [...new Set([...(known ?? []), ...mentioned])].sort(byCodeUnit);
  const rosters = names.map(
    cluster => [cluster, assembleRoster(cluster, located, prefixOf(cluster), { roles, projects })] as const,
  );
  for (const [cluster, roster] of rosters) {
    const readable = withoutUnknown(roster);
    problems.push(
      ...checkCeiling(cluster, readable, located, prefixOf(cluster), clusters?.get(cluster)?.ceiling),
    );
  }
  return {
    settings,
    users: located.map(({ user }) => user),
    rosters: problems.length > 0 ? {} : Object.fromEntries(rosters),
    problems: sortProblems(problems),
    warnings: sortProblems(warnings),
  };
}

/** Without grants whose role could not be resolved: that has been said where the role stands. */
function withoutUnknown(roster: Roster): Roster {
  const accounts = Object.entries(roster.accounts).map(([name, account]) => {
    const databases = Object.entries(account.databases).filter(
      ([, { role, privileges }]) => privileges ?? Object.hasOwn(roster.roles, role),
    );
    return [name, { ...account, databases: Object.fromEntries(databases) }] as const;
  });
  return { ...roster, accounts: Object.fromEntries(accounts) };
}
