import { defined } from "../json";
import { canonicalHosts, hostsSchema } from "../roster/account-hosts";
import {
  type Limits,
  limitsSchema,
  loginSchema,
  type OtherLogin,
  type PasswordPolicy,
  passwordPolicySchema,
  type TlsRequirement,
  tlsSchema,
} from "../roster/account-options";
import { OWN_PASSWORDS } from "../roster/granted-object";
import type { UserKind } from "../roster/roster";
import { checkAgentFile } from "./agents";
import { accountFault } from "./check-account";
import { checkEmailDomain } from "./check-email";
import { allowedValue, checkShape } from "./check-shape";
import { Field } from "./field";
import { formerlyFault } from "./formerly-fault";
import { identityWarnings } from "./identity-warnings";
import type { UsersFile } from "./located-node";
import { nearest } from "./nearest";
import type { Problems } from "./problem";
import { type FileGrant, type LocatedGrant, resolveGrant, type UserContext } from "./resolve-grant";
import { userFileSchema } from "./user-file-schema";

/** A person, service or agent of a users folder. */
export interface User {
  /** The file that declares the user: `users/jane.doe.yaml`. */
  readonly file: string;
  readonly kind: UserKind;
  readonly name: string;
  readonly email?: string;
  /** The name in the identity provider. */
  readonly username: string;
  /** What follows the prefix in the MySQL account: the user name, or the file's `account`. */
  readonly account: string;
  /** Of an agent: the person who answers for it, by user name. */
  readonly owner?: string;
  /** Of an agent: set if it may be given more than reading. */
  readonly writes?: true;
  /** The account's former name, without the prefix. */
  readonly formerly?: string;
  /** Set if the account is locked and keeps its grants. */
  readonly suspended?: true;
  /** `password`: a service logs in by a password in Secrets Manager. `existing`: as it does on the server. */
  readonly login?: OtherLogin;
  /** Of a service that logs in by password: what its file says about passwords. */
  readonly password?: PasswordPolicy;
  readonly limits?: Limits;
  readonly tls?: TlsRequirement;
  /** Where the user logs in from. Absent: what settings.yaml says, or anywhere. */
  readonly hosts?: readonly string[];
  readonly grants: readonly FileGrant[];
}

/** A user with the fields at which later checks report. */
export interface LocatedUser {
  readonly user: User;
  readonly username: Field;
  readonly account: Field;
  readonly email: Field;
  readonly owner: Field;
  readonly formerly: Field;
  readonly grants: readonly LocatedGrant[];
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
  const naming = ["account", "username"].filter(key => root.at(key).node());
  const accountField = root.at(...naming.slice(0, 1));
  const isPossible = checkAccount(accountField, account, context.prefixes);

  const email = root.at("email");
  const written = root.at("kind").text();
  const kind = written === "service" || written === "agent" ? written : "person";
  if (kind === "person" && file.broken !== "partial" && !root.keys().some(key => nearest(key, ["email"])))
    email.error("is missing", { hint: "a person needs an e-mail address; a service says `kind: service`" });
  checkAgentFile(root, kind === "agent");
  const login = checkedLogin(root.at("login"), kind);
  const password = checkedPolicy(root.at("password"), login);
  checkEmailDomain(email, context.settings);

  const formerly = checkedFormerly(root.at("formerly"), { account, kind, prefixes: context.prefixes });

  const items = root.at("grants").items();
  const grants = items.flatMap(item => resolveGrant(item, context));
  if (login === "password") {
    checkOwnPasswords(grants);
    checkNoHosts(root.at("hosts"));
  }
  const user: User = {
    file: file.file,
    kind,
    name: root.at("name").text() ?? username,
    ...defined({ email: email.text() }),
    username,
    account,
    ...defined({
      formerly,
      owner: root.at("owner").text(),
      writes: root.at("writes").isTrue() || undefined,
      suspended: root.at("suspended").isTrue() || undefined,
      login: login === "iam" ? undefined : login,
      password,
      limits: allowedValue(root.at("limits"), limitsSchema),
      tls: allowedValue(root.at("tls"), tlsSchema),
      hosts: allowedValue(root.at("hosts"), hostsSchema),
    }),
    grants: grants.map(({ grant }) => grant),
  };
  for (const { of, message, hint } of isPossible ? identityWarnings(user, context.prefixes) : [])
    (of === "email" ? email : accountField).warn(message, { hint });
  const usernameField = root.at("username").node() ? root.at("username") : root;
  const fields = { email, formerly: root.at("formerly"), owner: root.at("owner") };
  return { user, username: usernameField, account: accountField, ...fields, grants };
}

/** How the account logs in; reported if no user of that kind does so. */
function checkedLogin(field: Field, kind: UserKind): "iam" | OtherLogin | undefined {
  const login = allowedValue(field, loginSchema);
  if (login === "existing" && kind === "agent")
    field.error("an agent logs in by IAM token", { hint: "leave it out" });
  if (login === "existing" && kind === "person")
    field.warn("the person logs in by a password of their own, and not by IAM token", {
      hint: "nobody else ends or renews that password. Leave `login` out as soon as they can use a token",
    });
  if (login === "password" && kind !== "service")
    field.error("only a service logs in by password", {
      hint:
        kind === "agent"
          ? "an agent logs in by IAM token: leave it out"
          : "leave it out, or write `kind: service`",
    });
  return login;
}

/** What the file says of passwords; reported where there is none. */
function checkedPolicy(field: Field, login: string | undefined): PasswordPolicy | undefined {
  if (field.node() && login !== "password")
    field.error("is for services that log in by password", {
      hint: "leave it out, or write `login: password`",
      of: "key",
    });
  return allowedValue(field, passwordPolicySchema);
}

/** Reports what would let a service that logs in by password keep one of its own. */
function checkOwnPasswords(grants: readonly LocatedGrant[]): void {
  for (const { field, grant } of grants)
    if (grant.objects?.includes(OWN_PASSWORDS))
      field.error("gives APPLICATION_PASSWORD_ADMIN to a service that logs in by password", {
        hint: "leave it out: with it the service could keep a second password that no rotation ends",
      });
}

/** Reports hosts of a service that logs in by password: the functions prove its password by a login. */
function checkNoHosts(field: Field): void {
  const hosts = allowedValue(field, hostsSchema);
  if (hosts && canonicalHosts(hosts))
    field.error("a service that logs in by password does so from anywhere", {
      hint: 'leave `hosts` out, or write `hosts: ["%"]`: the functions try the password by a login of their own',
    });
}

/** The former name, if an account can have had it; else it is reported. */
function checkedFormerly(
  field: Field,
  { prefixes, ...user }: Pick<User, "account" | "kind"> & Pick<UserContext, "prefixes">,
): string | undefined {
  const name = field.text();
  if (name === undefined) return undefined;
  const [fault] = prefixes.flatMap(prefix => formerlyFault(name, { ...user, prefix }) ?? []);
  if (fault) field.error(fault.message, fault);
  return fault ? undefined : name;
}

/** Reports an account that is not possible with the longest prefix. @returns whether it is possible */
function checkAccount(field: Field, account: string, prefixes: readonly string[]): boolean {
  const [longest] = [...prefixes].sort((a, b) => b.length - a.length);
  const fault = longest === undefined ? undefined : accountFault(account, longest);
  if (fault) field.error(fault.message, fault);
  return !fault;
}
