import { Annotations } from "cdktf";
import type { Construct } from "constructs";
import { lowerName } from "../../core/catalogue/lower-case";
import type { DatabasePrivilege } from "../../core/catalogue/mysql-privileges";
import { defined } from "../../core/json";
import { printable } from "../../core/printable";
import { accountName, hasPrefix, isSystemAccount } from "../../core/roster/account-name";
import { type DatabaseGrant, privilegesOf } from "../../core/roster/roster";
import { parseExpiry } from "../../core/users";
import { accountFault } from "../../core/users/check-account";
import { caseClash } from "../../core/users/check-databases";
import { identityWarnings } from "../../core/users/identity-warnings";
import { nearestHint } from "../../core/users/nearest";
import { AccessConstruct } from "../terraform/access-construct";
import { quoted, ValidationError } from "../terraform/validation-error";
import {
  assertAccount,
  assertDatabase,
  assertEmail,
  assertPlainTexts,
  assertPrivileges,
  assertRoles,
  refusal,
} from "./checks/grant-props";
import { accountOptions } from "./checks/option-props";
import type { AccountHolder } from "./cluster";
import { type Roles, SHIPPED_ROLES } from "./shipped-roles";

/** The user that gets access. */
export interface GrantedUser {
  /** Whether a person or a service logs in; both do so with an IAM token. */
  readonly kind: "person" | "service";
  /** The user's name in the identity provider, at most 256 characters. */
  readonly user: string;
  /**
   * The user's name for other people, at most 256 characters.
   * @default - none
   */
  readonly name?: string;
  /**
   * The e-mail address for messages about the user's access, at most 320 characters.
   * @default - none: the user gets no messages
   */
  readonly email?: string;
  /**
   * The account's name without the prefix. Needed if prefix and user name have more than 32 characters
   * together.
   * @default - the user name
   */
  readonly account?: string;
  /**
   * Whether the account is locked: it keeps its grants, and nobody can log in to it.
   * @default false
   */
  readonly suspended?: boolean;
  /**
   * The limits of the account.
   * @default - none
   */
  readonly limits?: AccountLimits;
  /**
   * What a login needs: TLS (`ssl`), any certificate that the server trusts (`x509`), or a certificate of
   * this subject or issuer.
   * @default "ssl"
   */
  readonly tls?: "ssl" | "x509" | CertificateNames;
}

/** The limits of an account: whole numbers up to 4294967295; 0 is no limit. */
export interface AccountLimits {
  /**
   * The most connections at a time (MAX_USER_CONNECTIONS).
   * @default 0
   */
  readonly connections?: number;
  /**
   * The most statements an hour (MAX_QUERIES_PER_HOUR).
   * @default 0
   */
  readonly queriesPerHour?: number;
  /**
   * The most statements an hour that change something (MAX_UPDATES_PER_HOUR).
   * @default 0
   */
  readonly updatesPerHour?: number;
  /**
   * The most connections an hour (MAX_CONNECTIONS_PER_HOUR).
   * @default 0
   */
  readonly connectionsPerHour?: number;
}

/** The names in a client's certificate, as MySQL writes them: `/C=DE/O=Example/CN=shop`. At least one. */
export interface CertificateNames {
  /**
   * The subject.
   * @default - any
   */
  readonly subject?: string;
  /**
   * The issuer.
   * @default - any that the server trusts
   */
  readonly issuer?: string;
}

/** A role on some databases. */
export interface GrantedRole {
  /** The databases' names, at least one; no patterns. */
  readonly databases: readonly string[];
  /** The role: one of `roles`, or any name if `privileges` is given. At most 64 characters. */
  readonly role: string;
  /**
   * The MySQL privileges to grant instead of those of the role.
   * @default - the role's privileges
   */
  readonly privileges?: readonly DatabasePrivilege[];
  /**
   * When the access ends: a date (the end of that day in UTC) or a timestamp with its time zone.
   * @default - never
   */
  readonly expires?: string;
  /**
   * The reason, for the plan and the audit trail; one line of at most 1024 characters.
   * @default - none
   */
  readonly reason?: string;
}

export interface UserGrantProps {
  /** The cluster that gets the account. */
  readonly cluster: AccountHolder;
  /** The user that gets access. */
  readonly user: GrantedUser;
  /** The user's roles, at least one; each database at most once. */
  readonly grants: readonly GrantedRole[];
  /**
   * The privileges of each role that `grants` can name.
   * @default SHIPPED_ROLES - `read`, `write`, `read_write`, `admin`, `trusted_admin`
   */
  readonly roles?: Roles;
}

/**
 * One user's access to one cluster, without a `users/` folder. In the plan it is
 * `terraform_data.<user>-on-<cluster>`, which the cluster makes.
 *
 * @example
 * new UserGrant(this, "JaneOnOrders", {
 *   cluster: orders,
 *   user: { kind: "person", user: "jane.doe", name: "Jane Doe", email: "jane.doe@example.com" },
 *   grants: [{ databases: ["orders"], role: "read", expires: "2027-03-31", reason: "INC-1234" }],
 * });
 */
export class UserGrant extends AccessConstruct {
  /** The name of the MySQL account: `sl_jane.doe`. */
  readonly account: string;

  constructor(scope: Construct, id: string, props: UserGrantProps) {
    super(scope, id);
    const { cluster, grants, roles = SHIPPED_ROLES } = props;
    const { kind, user, name, email, account = user, limits, suspended, tls } = props.user;
    assertPlainTexts(this, { user, account, name, email });
    assertEmail(this, email);
    if (roles !== SHIPPED_ROLES) assertRoles(this, roles);
    this.account = accountName(cluster.prefix, account);
    const fault = accountFault(account, cluster.prefix);
    if (fault) throw new ValidationError(`\`user\`: ${fault.message}: ${fault.hint}`, this);
    if (!hasPrefix(cluster.prefix, this.account) || isSystemAccount(this.account))
      throw new ValidationError(
        `\`user\` must give an account that may be managed, got: ${this.account}`,
        this,
      );
    const identity = { kind, username: user, account, ...defined({ email }) };
    for (const { message, hint } of identityWarnings(identity, [cluster.prefix]))
      Annotations.of(this).addWarning(printable(`${message}; ${hint}`));
    const options = accountOptions(this, { suspended, limits, tls });
    const databases = databaseGrants(this, grants, roles);
    const details = { ...defined({ kind, user, name, email }), ...options, databases };
    assertAccount(this, this.account, details);
    cluster.addAccount({ account: this.account, details, roles, origin: this.node.path }, this);
  }
}

function databaseGrants(scope: Construct, grants: readonly GrantedRole[], roles: Roles) {
  const byDatabase = new Map<string, DatabaseGrant>();
  const spellings = new Map<string, string>();
  for (const { databases, role, privileges, expires, reason } of grants) {
    assertPlainTexts(scope, { role, reason });
    if (privileges) assertPrivileges(scope, "privileges", privileges);
    const grant = defined({ role, privileges, expires: parsedExpiry(scope, expires), reason });
    if (reason !== undefined && /[\r\n]/.test(reason))
      throw new ValidationError("`grants`: a `reason` is one line, but one has a line break", scope);
    if (privilegesOf({ roles, accounts: {} }, grant).length === 0)
      throw refusal(scope, "role", {
        message: `unknown role ${quoted(role)}`,
        hint: nearestHint(role, Object.keys(roles), "`roles` names none"),
      });
    for (const database of databases) {
      assertDatabase(scope, "databases", database);
      const other = spellings.get(lowerName(database));
      if (other === database)
        throw new ValidationError(`\`grants\` must name each database once, got twice: ${database}`, scope);
      if (other !== undefined) throw refusal(scope, "databases", caseClash(`"${database}" and "${other}"`));
      spellings.set(lowerName(database), database);
      byDatabase.set(database, grant);
    }
  }
  if (byDatabase.size === 0) throw new ValidationError("`grants` must name at least one database", scope);
  return Object.fromEntries(byDatabase);
}

function parsedExpiry(scope: Construct, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const expiry = parseExpiry(text);
  if (!("expires" in expiry)) throw refusal(scope, "expires", expiry);
  if (new Date(expiry.expires) <= new Date())
    Annotations.of(scope).addWarning(
      `"${text}" has passed: this grant gives nothing any more; take it out, or give it a new end`,
    );
  return expiry.expires;
}
