import type { DatabasePrivilege } from "../catalogue/mysql-privileges";
import { accountFault } from "./check-account";
import { checkDatabases } from "./check-databases";
import { checkEmailDomain } from "./check-email";
import { checkShape } from "./check-shape";
import { parseExpiry } from "./expiry";
import { keysAt, lengthAt, type NodePath, nodeAt, textAt, type UsersFile } from "./located-node";
import { nearest, nearestHint } from "./nearest";
import { type Problem, problemAt } from "./problem";
import { checkCluster, type Environment, type ProjectContext, type Projects } from "./resolve-projects";
import { userFileSchema } from "./user-file-schema";

/** A grant with its names looked up: one role on databases of one cluster. */
export interface FileGrant {
  readonly cluster: string;
  readonly databases: readonly string[];
  readonly role: string;
  /** Where the project's environment says that the role means something else. */
  readonly privileges?: readonly DatabasePrivilege[];
  /** The first moment at which it no longer holds, in UTC. */
  readonly expires?: string;
  readonly reason?: string;
  /** `project/environment`, where it came from one. */
  readonly project?: string;
}

/** Somebody who may reach databases. */
export interface User {
  /** The file that says so. */
  readonly file: string;
  readonly kind: "person" | "service";
  readonly name: string;
  readonly email?: string;
  /** The name in the identity provider. */
  readonly username: string;
  /** What follows the prefix in the MySQL account: the user name, or what `account` says. */
  readonly account: string;
  readonly grants: readonly FileGrant[];
}

/** A user with the places that later checks point at. */
export interface LocatedUser {
  readonly user: User;
  readonly source: UsersFile;
  readonly usernamePath: NodePath;
  readonly accountPath: NodePath;
  readonly grants: readonly LocatedGrant[];
}

export interface LocatedGrant {
  readonly grant: FileGrant;
  readonly path: NodePath;
  /** Where its databases stand, if that is another file. */
  readonly via?: string;
}

export interface UserContext extends ProjectContext {
  readonly projects: Projects;
  /** Every prefix that accounts get. */
  readonly prefixes: readonly string[];
  readonly now: Date;
}

/** A user's file, checked and looked up. As much of it as can be, so that one mistake does not hide the next. */
export function resolveUser(
  source: UsersFile,
  context: UserContext,
  problems: Problem[],
  warnings: Problem[],
): LocatedUser | undefined {
  const { tree } = source;
  if (!tree) return undefined;
  problems.push(...checkShape(source, userFileSchema));
  if (tree.kind !== "map") return undefined;

  const username = textAt(tree, ["username"]) ?? source.name.replace(/\.yaml$/, "").normalize("NFC");
  const account = textAt(tree, ["account"]) ?? username;
  const accountPath = ["account", "username"].filter(key => nodeAt(tree, [key])).slice(0, 1);
  const longest = [...context.prefixes].sort((a, b) => b.length - a.length)[0];
  const fault = longest === undefined ? undefined : accountFault(account, longest);
  if (fault) problems.push(problemAt(source, accountPath, fault.message, fault.hint));

  const kind = textAt(tree, ["kind"]) === "service" ? "service" : "person";
  const email = textAt(tree, ["email"]);
  if (kind === "person" && !keysAt(tree, []).some(key => nearest(key, ["email"])))
    problems.push(
      problemAt(
        source,
        ["email"],
        "is missing",
        "a person needs an e-mail address; a service says `kind: service`",
      ),
    );
  checkEmailDomain(source, ["email"], context.settings, problems);

  const grants: LocatedGrant[] = [];
  for (let index = 0; index < lengthAt(tree, ["grants"]); index++) {
    const grant = resolveGrant(source, ["grants", index], context, problems, warnings);
    if (grant) grants.push(grant);
  }
  const name = textAt(tree, ["name"]) ?? username;
  const user: User = {
    file: source.file,
    kind,
    name,
    ...(email === undefined ? {} : { email }),
    username,
    account,
    grants: grants.map(({ grant }) => grant),
  };
  return { user, source, usernamePath: nodeAt(tree, ["username"]) ? ["username"] : [], accountPath, grants };
}

function resolveGrant(
  source: UsersFile,
  path: NodePath,
  context: UserContext,
  problems: Problem[],
  warnings: Problem[],
): LocatedGrant | undefined {
  const keys = keysAt(source.tree, path);
  const byProject = (keys.includes("project") || keys.includes("environment")) && !keys.includes("cluster");
  const role = checkRole(source, [...path, "role"], context, problems);
  const expires = checkExpiry(source, [...path, "expires"], context.now, problems, warnings);
  const reason = textAt(source.tree, [...path, "reason"]);
  const terms = {
    ...(expires === undefined ? {} : { expires }),
    ...(reason === undefined ? {} : { reason }),
  };

  if (!byProject) {
    const cluster = checkCluster(source, [...path, "cluster"], context.clusters, problems);
    const databases = checkDatabases(source, [...path, "databases"], problems);
    return cluster === undefined || role === undefined
      ? undefined
      : { grant: { cluster, databases, role, ...terms }, path };
  }
  const found = checkEnvironment(source, path, context.projects, problems);
  if (!found || found.environment.cluster === undefined || role === undefined) return undefined;
  const { environment, project } = found;
  const privileges = environment.overrides.get(role);
  const override = privileges && privileges.length > 0 ? { privileges } : {};
  const { cluster, databases, place } = environment;
  return { grant: { cluster: cluster!, databases, role, ...override, ...terms, project }, path, via: place };
}

function checkRole(
  source: UsersFile,
  path: NodePath,
  { roles }: UserContext,
  problems: Problem[],
): string | undefined {
  const role = textAt(source.tree, path);
  if (role === undefined || !roles || roles.has(role)) return role;
  problems.push(
    problemAt(
      source,
      path,
      `unknown role "${role}"`,
      nearestHint(role, [...roles.keys()], "roles.yaml has no role"),
    ),
  );
  return undefined;
}

function checkExpiry(
  source: UsersFile,
  path: NodePath,
  now: Date,
  problems: Problem[],
  warnings: Problem[],
): string | undefined {
  const written = textAt(source.tree, path);
  if (written === undefined) return undefined;
  const expiry = parseExpiry(written);
  if (!("expires" in expiry)) {
    problems.push(problemAt(source, path, expiry.message, expiry.hint));
    return undefined;
  }
  if (new Date(expiry.expires) <= now)
    warnings.push(
      problemAt(
        source,
        path,
        `"${written}" has passed: this gives nothing any more`,
        "take the grant out with `aurora-users prune`, or give it a new end",
      ),
    );
  return expiry.expires;
}

function checkEnvironment(
  source: UsersFile,
  path: NodePath,
  projects: Projects,
  problems: Problem[],
): { environment: Environment; project: string } | undefined {
  const project = textAt(source.tree, [...path, "project"]);
  const name = textAt(source.tree, [...path, "environment"]);
  if (project === undefined || !projects) return undefined;
  const environments = projects.get(project)?.environments;
  if (!environments) {
    const hint = nearestHint(project, [...projects.keys()], "projects.yaml has no project");
    problems.push(problemAt(source, [...path, "project"], `unknown project "${project}"`, hint));
    return undefined;
  }
  const environment = name === undefined ? undefined : environments.get(name);
  if (name !== undefined && !environment) {
    const hint = nearestHint(name, [...environments.keys()], "it has no environment");
    problems.push(
      problemAt(
        source,
        [...path, "environment"],
        `the project "${project}" has no environment "${name}"`,
        hint,
      ),
    );
  }
  return environment && { environment, project: `${project}/${name}` };
}
