import type { DatabasePrivilege } from "../catalogue/mysql-privileges";
import { defined } from "../json";
import { databasePattern, globalPrivilege, nativeRole, objectKey } from "../roster/granted-object";
import { MAX_DATABASE_LENGTH } from "../roster/roster";
import { checkDatabases, databaseFault } from "./check-databases";
import { checkObjects } from "./check-objects";
import { checkPrivileges } from "./check-privileges";
import { checkGlobal, checkNativeRoles, checkPattern } from "./check-server";
import { parseExpiry } from "./expiry";
import type { Field } from "./field";
import { nearestHint } from "./nearest";
import { checkCluster, type Environment, type ProjectContext, type Projects } from "./resolve-projects";
import type { Roles } from "./resolve-roles";
import { OBJECT_KEYS, SERVER_KEYS } from "./user-file-schema";

/** A grant of a file with its names resolved: one role on databases of one cluster, or on what is in one. */
export interface FileGrant {
  readonly cluster: string;
  readonly databases: readonly string[];
  /**
   * Tables, columns, routines, patterns, global privileges and native roles, by `objectKey`. Absent: the
   * grant is on databases.
   */
  readonly objects?: readonly string[];
  /** The role, or the privileges if the grant names no role. */
  readonly role: string;
  /** The privileges, if the grant names no role, or the project's environment overrides those of the role. */
  readonly privileges?: readonly DatabasePrivilege[];
  /** The first moment at which the grant no longer holds, in UTC. */
  readonly expires?: string;
  readonly reason?: string;
  /** `project/environment`, if the grant names one. */
  readonly project?: string;
  /** Set if the account may hand on what the grant gives. */
  readonly grantOption?: true;
  /** The team that the grant is of. Absent: it is the user's own. */
  readonly team?: string;
}

export interface LocatedGrant {
  readonly grant: FileGrant;
  readonly field: Field;
  /** The place of the environment that lists its databases; absent if the grant lists them itself. */
  readonly via?: string;
}

export interface UserContext extends ProjectContext {
  readonly projects: Projects;
  /** All prefixes that accounts get. */
  readonly prefixes: readonly string[];
  readonly now: Date;
}

/** Checks one grant of a user's file and resolves its names. One of the whole server becomes several. */
export function resolveGrant(field: Field, context: UserContext): readonly LocatedGrant[] {
  const keys = field.keys();
  const named = (...some: readonly string[]) => some.some(key => keys.includes(key));
  const expires = checkExpiry(field.at("expires"), context.now);
  const terms = defined({ expires, reason: field.at("reason").text() });
  if (named(...SERVER_KEYS) && !named("databases", "pattern", "database", "role"))
    return resolveServerGrant(field, context, terms);
  const withOption = { ...terms, ...defined({ grantOption: field.at("grantOption").isTrue() || undefined }) };
  if (named("pattern") && !named("databases")) return resolvePattern(field, context, withOption);
  const grant = resolveOnDatabase(field, context, withOption);
  return grant ? [grant] : [];
}

/** What is said of each grant. */
type GrantTerms = Pick<FileGrant, "expires" | "reason" | "grantOption">;

const isByProject = (keys: readonly string[]): boolean =>
  (keys.includes("project") || keys.includes("environment")) && !keys.includes("cluster");

/** Global privileges and native roles, each as a grant of its own. */
function resolveServerGrant(field: Field, context: UserContext, terms: GrantTerms): LocatedGrant[] {
  const place = isByProject(field.keys()) ? environmentOf(field, context) : clusterOf(field, context, true);
  const objects = [
    ...checkGlobal(field.at("global")).map(globalPrivilege),
    ...checkNativeRoles(field.at("nativeRoles"), context.prefixes).map(nativeRole),
  ];
  if (place?.cluster === undefined) return [];
  const { cluster, project, via } = place;
  return objects.map(objectKey).map(key => ({
    // A role of roles.yaml never has such a name.
    grant: { cluster, databases: [], objects: [key], role: key, ...terms, ...defined({ project }) },
    field,
    ...defined({ via }),
  }));
}

function resolvePattern(field: Field, context: UserContext, terms: GrantTerms): LocatedGrant[] {
  const { cluster } = clusterOf(field, context, true);
  const pattern = checkPattern(field.at("pattern"));
  const rights = roleOf(field, context.roles);
  if (cluster === undefined || pattern === undefined || !rights) return [];
  const objects = [objectKey(databasePattern(pattern))];
  return [{ grant: { cluster, databases: [], objects, ...rights, ...terms }, field }];
}

function resolveOnDatabase(field: Field, context: UserContext, terms: GrantTerms): LocatedGrant | undefined {
  const keys = field.keys();
  const byProject = isByProject(keys);
  const isOnObjects = keys.some(key => OBJECT_KEYS.includes(key)) && !keys.includes("databases");
  const place = byProject ? environmentOf(field, context) : clusterOf(field, context, isOnObjects);
  const rights = isOnObjects ? checkRights(field, context.roles) : roleOf(field, context.roles);
  if (!place || place.cluster === undefined || !rights) return undefined;

  const { cluster, overrides, project, via } = place;
  const privileges = overrides?.get(rights.role);
  const override = privileges && privileges.length > 0 && !rights.privileges ? { privileges } : {};
  const given = { ...rights, ...override, ...terms, ...defined({ project }) };
  if (!isOnObjects)
    return { grant: { cluster, databases: place.databases, ...given }, field, ...defined({ via }) };
  const database = checkDatabase(field.at("database"), place);
  if (database === undefined) return undefined;
  return { grant: { cluster, databases: [], objects: checkObjects(field, database), ...given }, field };
}

/** Where a grant is: a cluster, and what it may be on there. */
interface GrantPlace {
  readonly cluster: string | undefined;
  readonly databases: readonly string[];
  readonly overrides?: Environment["overrides"];
  readonly project?: string;
  readonly via?: string;
}

const clusterOf = (field: Field, context: UserContext, isOnObjects: boolean): GrantPlace => ({
  cluster: checkCluster(field.at("cluster"), context.clusters),
  databases: isOnObjects ? [] : checkDatabases(field.at("databases")),
});

function environmentOf(field: Field, { projects }: UserContext): GrantPlace | undefined {
  const found = checkEnvironment(field, projects);
  if (!found) return undefined;
  const { environment, project } = found;
  const { cluster, databases, overrides, place } = environment;
  return { cluster, databases, overrides, project, via: place };
}

/** The database of a grant on what is in it. By way of a project, one of the environment's. */
function checkDatabase(field: Field, { databases, project, via }: GrantPlace): string | undefined {
  const name = field.text();
  if (name === undefined || [...name].length > MAX_DATABASE_LENGTH) return undefined;
  const found = databaseFault(name);
  if (found) field.error(found.message, found);
  else if (project !== undefined && !databases.includes(name))
    field.error(`"${name}" is no database of ${project} (${via})`, {
      hint: nearestHint(name, databases, "the environment names none"),
    });
  else return name;
  return undefined;
}

/** What a grant gives. */
type Rights = Pick<FileGrant, "role" | "privileges">;

function roleOf(field: Field, roles: Roles): Rights | undefined {
  const role = checkRole(field.at("role"), roles);
  return role === undefined ? undefined : { role };
}

/** The role or the privileges of a grant on tables, columns or routines. */
function checkRights(field: Field, roles: Roles): Rights | undefined {
  const keys = field.keys();
  const named = (...some: readonly string[]) => some.some(key => keys.includes(key));
  if (field.file.broken !== "partial" && !named("tables", "columns", "procedures", "functions"))
    field.error("names nothing in the database", {
      hint: "write `tables`, `columns`, `procedures` or `functions`; or `databases` for all of a database",
    });
  if (named("role") && named("privileges"))
    field.at("privileges").error("`privileges` cannot be combined with `role`", {
      hint: "leave one of the two out",
      of: "key",
    });
  if (named("role")) return roleOf(field, roles);
  if (!named("privileges") && !named("tables", "columns")) return EXECUTE;
  if (!named("privileges")) {
    if (field.file.broken !== "partial")
      field.error("gives nothing", { hint: "write `role` or `privileges`" });
    return undefined;
  }
  const privileges = checkPrivileges(field.at("privileges"));
  return privileges.length === 0 ? undefined : { role: privileges.join(", "), privileges };
}

/** What a grant on routines gives if it does not say. */
const EXECUTE: Rights = { role: "EXECUTE", privileges: ["EXECUTE"] };

function checkRole(field: Field, roles: Roles): string | undefined {
  const role = field.text();
  if (role === undefined || !roles || roles.has(role)) return role;
  const hint = nearestHint(role, [...roles.keys()], "roles.yaml has no role");
  field.error(`unknown role "${role}"`, { hint });
  return undefined;
}

function checkExpiry(field: Field, now: Date): string | undefined {
  const written = field.text();
  if (written === undefined) return undefined;
  const expiry = parseExpiry(written);
  if (!("expires" in expiry)) {
    field.error(expiry.message, expiry);
    return undefined;
  }
  if (new Date(expiry.expires) <= now)
    field.warn(`"${written}" has passed: this grant gives nothing any more`, {
      hint:
        field.path[0] === "grants"
          ? "take the grant out with `aurora-users prune`, or give it a new end"
          : "take the grant out, or give it a new end",
    });
  return expiry.expires;
}

function checkEnvironment(
  field: Field,
  projects: Projects,
): { environment: Environment; project: string } | undefined {
  const project = field.at("project").text();
  const name = field.at("environment").text();
  if (project === undefined || !projects) return undefined;
  const known = projects.get(project);
  if (!known) {
    const hint = nearestHint(
      project,
      [...projects.keys()],
      "projects.yaml names no project: add it there, or write `cluster` and `databases`",
    );
    field.at("project").error(`unknown project "${project}"`, { hint });
    return undefined;
  }
  const { environments } = known;
  // projects.yaml has the problem, which is reported there.
  if (!environments) return undefined;
  const environment = name === undefined ? undefined : environments.get(name);
  if (name !== undefined && !environment) {
    const hint = nearestHint(name, [...environments.keys()], "add it under `environments` in projects.yaml");
    field.at("environment").error(`the project "${project}" has no environment "${name}"`, { hint });
  }
  return environment && { environment, project: `${project}/${name}` };
}
