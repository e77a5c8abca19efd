import type { DatabasePrivilege } from "../catalogue/mysql-privileges";
import { defined } from "../json";
import { type Limits, limitsSchema, type TlsRequirement, tlsSchema } from "../roster/account-options";
import { accountFault } from "./check-account";
import { checkDatabases } from "./check-databases";
import { checkEmailDomain } from "./check-email";
import { allowedValue, checkShape } from "./check-shape";
import { parseExpiry } from "./expiry";
import { Field } from "./field";
import { identityWarnings } from "./identity-warnings";
import type { UsersFile } from "./located-node";
import { nearest, nearestHint } from "./nearest";
import type { Problems } from "./problem";
import { checkCluster, type Environment, type ProjectContext, type Projects } from "./resolve-projects";
import type { Roles } from "./resolve-roles";
import { userFileSchema } from "./user-file-schema";

/** A grant of a file with its names resolved: one role on databases of one cluster. */
export interface FileGrant {
  readonly cluster: string;
  readonly databases: readonly string[];
  readonly role: string;
  /** The privileges, if the project's environment overrides those of the role. */
  readonly privileges?: readonly DatabasePrivilege[];
  /** The first moment at which the grant no longer holds, in UTC. */
  readonly expires?: string;
  readonly reason?: string;
  /** `project/environment`, if the grant names one. */
  readonly project?: string;
}

/** A person or service of a users folder. */
export interface User {
  /** The file that declares the user: `users/jane.doe.yaml`. */
  readonly file: string;
  readonly kind: "person" | "service";
  readonly name: string;
  readonly email?: string;
  /** The name in the identity provider. */
  readonly username: string;
  /** What follows the prefix in the MySQL account: the user name, or the file's `account`. */
  readonly account: string;
  /** Set if the account is locked and keeps its grants. */
  readonly suspended?: true;
  readonly limits?: Limits;
  readonly tls?: TlsRequirement;
  readonly grants: readonly FileGrant[];
}

/** A user with the fields at which later checks report. */
export interface LocatedUser {
  readonly user: User;
  readonly username: Field;
  readonly account: Field;
  readonly email: Field;
  readonly grants: readonly LocatedGrant[];
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

/**
 * Checks a user's file and resolves its names. Reads as much as it can, so that one mistake does not hide the
 * next.
 */
export function resolveUser(
  file: UsersFile,
  context: UserContext,
  problems: Problems,
): LocatedUser | undefined {
  if (!file.tree) return undefined;
  const root = new Field(file, problems);
  checkShape(root, userFileSchema);
  if (file.tree.kind !== "map") return undefined;

  const username = root.at("username").text() ?? file.name.replace(/\.yaml$/, "").normalize("NFC");
  const account = root.at("account").text() ?? username;
  const written = ["account", "username"].filter(key => root.at(key).node());
  const accountField = root.at(...written.slice(0, 1));
  const isPossible = checkAccount(accountField, account, context.prefixes);

  const email = root.at("email");
  const kind = root.at("kind").text() === "service" ? "service" : "person";
  if (kind === "person" && file.broken !== "partial" && !root.keys().some(key => nearest(key, ["email"])))
    email.error("is missing", { hint: "a person needs an e-mail address; a service says `kind: service`" });
  checkEmailDomain(email, context.settings);

  const items = root.at("grants").items();
  const grants = items.flatMap(item => resolveGrant(item, context) ?? []);
  const user: User = {
    file: file.file,
    kind,
    name: root.at("name").text() ?? username,
    ...defined({ email: email.text() }),
    username,
    account,
    ...defined({
      suspended: root.at("suspended").isTrue() || undefined,
      limits: allowedValue(root.at("limits"), limitsSchema),
      tls: allowedValue(root.at("tls"), tlsSchema),
    }),
    grants: grants.map(({ grant }) => grant),
  };
  for (const { of, message, hint } of isPossible ? identityWarnings(user, context.prefixes) : [])
    (of === "email" ? email : accountField).warn(message, { hint });
  const usernameField = root.at("username").node() ? root.at("username") : root;
  return { user, username: usernameField, account: accountField, email, grants };
}

/** Reports an account that is not possible with the longest prefix. @returns whether it is possible */
function checkAccount(field: Field, account: string, prefixes: readonly string[]): boolean {
  const [longest] = [...prefixes].sort((a, b) => b.length - a.length);
  const fault = longest === undefined ? undefined : accountFault(account, longest);
  if (fault) field.error(fault.message, fault);
  return !fault;
}

function resolveGrant(field: Field, context: UserContext): LocatedGrant | undefined {
  const keys = field.keys();
  const byProject = (keys.includes("project") || keys.includes("environment")) && !keys.includes("cluster");
  const role = checkRole(field.at("role"), context.roles);
  const expires = checkExpiry(field.at("expires"), context.now);
  const terms = defined({ expires, reason: field.at("reason").text() });

  if (!byProject) {
    const cluster = checkCluster(field.at("cluster"), context.clusters);
    const databases = checkDatabases(field.at("databases"));
    return cluster === undefined || role === undefined
      ? undefined
      : { grant: { cluster, databases, role, ...terms }, field };
  }
  const found = checkEnvironment(field, context.projects);
  if (!found || found.environment.cluster === undefined || role === undefined) return undefined;
  const { cluster, databases, overrides, place } = found.environment;
  const privileges = overrides.get(role);
  const override = privileges && privileges.length > 0 ? { privileges } : {};
  const { project } = found;
  return { grant: { cluster, databases, role, ...override, ...terms, project }, field, via: place };
}

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
      hint: "take the grant out with `aurora-users prune`, or give it a new end",
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
