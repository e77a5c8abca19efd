import type { DatabasePrivilege } from "../catalogue/mysql-privileges";
import { checkDatabases } from "./check-databases";
import { checkEmailDomain } from "./check-email";
import { checkPrivileges } from "./check-privileges";
import { checkShape } from "./check-shape";
import { keysAt, textAt, type UsersFile } from "./located-node";
import { nearestHint } from "./nearest";
import { type Problem, placeOf, problemAt } from "./problem";
import { projectsFileSchema } from "./projects-file-schema";
import type { Roles } from "./resolve-roles";
import type { Settings } from "./settings-file-schema";

/** Where an environment of a project lives. */
export interface Environment {
  readonly cluster: string | undefined;
  readonly databases: readonly string[];
  /** What a role gives here, where that is not what roles.yaml says. */
  readonly overrides: ReadonlyMap<string, readonly DatabasePrivilege[]>;
  /** `users/projects.yaml:7` */
  readonly place: string;
}

/** Who answers for a project. */
export interface Owner {
  readonly name?: string;
  readonly email: string;
}

export interface Project {
  /** Undefined where it could not be read. */
  readonly owner: Owner | undefined;
  /** By name. */
  readonly environments: ReadonlyMap<string, Environment>;
}

/** By name; undefined where they could not be read. */
export type Projects = ReadonlyMap<string, Project> | undefined;

export interface ProjectContext {
  readonly roles: Roles;
  readonly settings: Settings;
  /** Every cluster that there is; undefined where that is not known. */
  readonly clusters: readonly string[] | undefined;
}

/** What projects.yaml says; no project where there is none. */
export function resolveProjects(
  source: UsersFile | undefined,
  context: ProjectContext,
  problems: Problem[],
): Projects {
  if (!source) return new Map();
  if (!source.tree) return undefined;
  problems.push(...checkShape(source, projectsFileSchema));
  return new Map(
    keysAt(source.tree, []).map(project => {
      checkEmailDomain(source, [project, "owner", "email"], context.settings, problems);
      const names = keysAt(source.tree, [project, "environments"]);
      const environments = new Map(
        names.map(name => [name, environmentOf(source, project, name, context, problems)]),
      );
      return [project, { owner: ownerOf(source, project), environments }];
    }),
  );
}

function ownerOf(source: UsersFile, project: string): Owner | undefined {
  const [name, email] = ["name", "email"].map(field => textAt(source.tree, [project, "owner", field]));
  return email === undefined ? undefined : { ...(name === undefined ? {} : { name }), email };
}

function environmentOf(
  source: UsersFile,
  project: string,
  name: string,
  context: ProjectContext,
  problems: Problem[],
): Environment {
  const path = [project, "environments", name];
  const cluster = checkCluster(source, [...path, "cluster"], context.clusters, problems);
  const databases = checkDatabases(source, [...path, "databases"], problems);
  const overrides = new Map<string, readonly DatabasePrivilege[]>();
  for (const role of keysAt(source.tree, [...path, "roles"])) {
    const rolePath = [...path, "roles", role];
    if (context.roles && !context.roles.has(role)) {
      const hint = nearestHint(role, [...context.roles.keys()], "roles.yaml has no role");
      problems.push(problemAt(source, rolePath, `unknown role "${role}"`, hint, "key"));
    }
    overrides.set(role, checkPrivileges(source, [...rolePath, "privileges"], problems));
  }
  return { cluster, databases, overrides, place: placeOf(source, path) };
}

/** The cluster at a path, where it is one that exists. */
export function checkCluster(
  source: UsersFile,
  path: readonly (string | number)[],
  clusters: readonly string[] | undefined,
  problems: Problem[],
): string | undefined {
  const cluster = textAt(source.tree, path);
  if (cluster === undefined || !clusters || clusters.includes(cluster)) return cluster;
  problems.push(
    problemAt(
      source,
      path,
      `unknown cluster "${cluster}"`,
      nearestHint(cluster, clusters, "the app declares no cluster"),
    ),
  );
  return undefined;
}
