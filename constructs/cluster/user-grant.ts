import { Construct } from "constructs";
import type { DatabasePrivilege } from "../../core/catalogue/mysql-privileges";
import { accountName, hasPrefix, isSystemAccount } from "../../core/roster/account-name";
import { type DatabaseGrant, privilegesOf, type RosterAccount } from "../../core/roster/roster";
import { accountFault, parseExpiry } from "../../core/users";
import { ValidationError } from "../terraform/validation-error";
import type { AuroraCluster } from "./aurora-cluster";
import { SHIPPED_ROLES } from "./shipped-roles";

/** Who gets access. */
export interface GrantedUser {
  /** A person logs in by IAM; a service by IAM or a password. */
  readonly kind: "person" | "service";
  /** The name in the identity provider, at most 256 characters. */
  readonly user: string;
  /**
   * The name as people know it.
   * @default - none
   */
  readonly name?: string;
  /**
   * Where to write to.
   * @default - none
   */
  readonly email?: string;
  /**
   * The account without the prefix, where prefix and user name would pass 32 characters.
   * @default - the user name
   */
  readonly account?: string;
}

/** A role on some databases. */
export interface GrantedRole {
  /** The databases, literally: no patterns. */
  readonly databases: readonly string[];
  /** What the privileges are called: one of `roles`, or any name where `privileges` says what it means. */
  readonly role: string;
  /**
   * Privileges of MySQL, instead of the role's own.
   * @default - those of the role
   */
  readonly privileges?: readonly DatabasePrivilege[];
  /**
   * When it ends: a date (the end of that day UTC) or a timestamp with its zone.
   * @default - never
   */
  readonly expires?: string;
  /**
   * Why, for the plan and the audit trail.
   * @default - none
   */
  readonly reason?: string;
}

export interface UserGrantProps {
  /** Where. */
  readonly cluster: AuroraCluster;
  /** Who. */
  readonly user: GrantedUser;
  /** What: each database at most once. */
  readonly grants: readonly GrantedRole[];
  /**
   * What the roles mean.
   * @default SHIPPED_ROLES - `read`, `write`, `read_write`, `admin`, `trusted_admin`
   */
  readonly roles?: Readonly<Record<string, readonly DatabasePrivilege[]>>;
}

/**
 * One user's access to one cluster, without a `users/` folder. In the plan it is `terraform_data.<user>-on-<cluster>`.
 *
 * @example
 * new UserGrant(this, "JaneOnOrders", {
 *   cluster: orders,
 *   user: { kind: "person", user: "jane.doe", name: "Jane Doe", email: "jane.doe@example.com" },
 *   grants: [{ databases: ["orders"], role: "read", expires: "2027-03-31", reason: "INC-1234" }],
 * });
 */
export class UserGrant extends Construct {
  /** The MySQL account: `sl_jane.doe`. */
  readonly account: string;

  constructor(scope: Construct, id: string, props: UserGrantProps) {
    super(scope, id);
    const { cluster, user, grants, roles = SHIPPED_ROLES } = props;
    this.account = accountName(cluster.prefix, user.account ?? user.user);
    const fault = accountFault(user.account ?? user.user, cluster.prefix);
    if (fault) throw new ValidationError(`\`user\`: ${fault.message}: ${fault.hint}`, this);
    if (!hasPrefix(cluster.prefix, this.account) || isSystemAccount(this.account))
      throw new ValidationError(`\`user\`: ${this.account} is no account that may be managed`, this);
    const { kind, name, email } = user;
    const details: RosterAccount = {
      kind,
      user: user.user,
      ...(name === undefined ? {} : { name }),
      ...(email === undefined ? {} : { email }),
      databases: databasesOf(this, grants, roles),
    };
    cluster.addAccount({ account: this.account, details, roles, origin: this.node.path }, this);
  }
}

function databasesOf(
  scope: Construct,
  grants: readonly GrantedRole[],
  roles: Readonly<Record<string, readonly DatabasePrivilege[]>>,
): Record<string, DatabaseGrant> {
  const databases = new Map<string, DatabaseGrant>();
  for (const { databases: names, role, privileges, expires, reason } of grants) {
    const grant: DatabaseGrant = {
      role,
      ...(privileges === undefined ? {} : { privileges }),
      ...(expires === undefined ? {} : { expires: expiryOf(scope, expires) }),
      ...(reason === undefined ? {} : { reason }),
    };
    if (privilegesOf({ roles, accounts: {} }, grant).length === 0)
      throw new ValidationError(
        `\`grants\`: the role must be one of ${Object.keys(roles).join(", ")}, got: ${role}`,
        scope,
      );
    for (const database of names) {
      if (databases.has(database))
        throw new ValidationError(`\`grants\` must name each database once, got twice: ${database}`, scope);
      databases.set(database, grant);
    }
  }
  if (databases.size === 0) throw new ValidationError("`grants` must name at least one database", scope);
  return Object.fromEntries(databases);
}

function expiryOf(scope: Construct, text: string): string {
  const expiry = parseExpiry(text);
  if ("expires" in expiry) return expiry.expires;
  throw new ValidationError(`\`expires\`: ${expiry.message}; ${expiry.hint}`, scope);
}
