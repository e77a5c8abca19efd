import type { DatabasePrivilege } from "../catalogue/mysql-privileges";
import { defined } from "../json";
import type { Roster } from "../roster/roster";
import { checkDatabases } from "./check-databases";
import { checkEmailDomain } from "./check-email";
import { checkPrivileges } from "./check-privileges";
import { checkShape } from "./check-shape";
import { Field } from "./field";
import type { UsersFile } from "./located-node";
import { nearestHint } from "./nearest";
import type { Problems } from "./problem";
import { projectsFileSchema } from "./projects-file-schema";
import type { Roles } from "./resolve-roles";
import type { Settings } from "./settings-file-schema";

/** The cluster and databases of a project's environment. */
export interface Environment {
  readonly cluster: string | undefined;
  readonly databases: readonly string[];
  /** The privileges of roles that differ here from roles.yaml, by role. */
  readonly overrides: ReadonlyMap<string, readonly DatabasePrivilege[]>;
  /** `users/projects.yaml:7` */
  readonly place: string;
}

/** Who answers for a project. */
type Owner = NonNullable<Roster["projects"]>[string]["owner"];

export interface Project {
  /** Undefined if it could not be read. */
  readonly owner: Owner | undefined;
  /** By name; undefined if they could not be read. */
  readonly environments: ReadonlyMap<string, Environment> | undefined;
}

/** By name; undefined if they could not be read. */
export type Projects = ReadonlyMap<string, Project> | undefined;

export interface ProjectContext {
  readonly roles: Roles;
  readonly settings: Settings;
  /** All clusters; undefined if they are not known. */
  readonly clusters: readonly string[] | undefined;
}

/** The projects of projects.yaml; none if there is no such file. */
export function resolveProjects(
  file: UsersFile | undefined,
  context: ProjectContext,
  problems: Problems,
): Projects {
  if (!file) return new Map();
  if (!file.tree) return undefined;
  const root = new Field(file, problems);
  checkShape(root, projectsFileSchema);
  if (file.tree.kind !== "map") return undefined;
  const projects = new Map(
    root.keys().map(name => {
      const [owner, environments] = [root.at(name, "owner"), root.at(name, "environments")];
      checkEmailDomain(owner.at("email"), context.settings);
      return [name, { owner: ownerOf(owner), environments: environmentsOf(environments, context) }] as const;
    }),
  );
  return file.broken ? undefined : projects;
}

function ownerOf(field: Field): Owner | undefined {
  const email = field.at("email").text();
  return email === undefined ? undefined : { ...defined({ name: field.at("name").text() }), email };
}

function environmentsOf(field: Field, context: ProjectContext): Project["environments"] {
  if (field.node()?.kind !== "map") return undefined;
  return new Map(field.keys().map(key => [key, environmentOf(field.at(key), context)] as const));
}

function environmentOf(field: Field, { clusters, roles }: ProjectContext): Environment {
  const cluster = checkCluster(field.at("cluster"), clusters);
  const databases = checkDatabases(field.at("databases"));
  const overrides = new Map<string, readonly DatabasePrivilege[]>();
  for (const role of field.at("roles").keys()) {
    const roleField = field.at("roles", role);
    if (roles && !roles.has(role)) {
      const hint = nearestHint(role, [...roles.keys()], "roles.yaml has no role");
      roleField.error(`unknown role "${role}"`, { hint, of: "key" });
    }
    overrides.set(role, checkPrivileges(roleField.at("privileges")));
  }
  return { cluster, databases, overrides, place: field.place() };
}

/** The name in the field, if it is that of a cluster. Any other name is reported. */
export function checkCluster(field: Field, clusters: readonly string[] | undefined): string | undefined {
  const cluster = field.text();
  if (cluster === undefined || !clusters || clusters.includes(cluster)) return cluster;
  const hint = nearestHint(cluster, clusters, "the app declares no cluster");
  field.error(`unknown cluster "${cluster}"`, { hint });
  return undefined;
}
