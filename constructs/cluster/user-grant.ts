import { Annotations } from "cdktf";
import type { Construct } from "constructs";
import { lowerName } from "../../core/catalogue/lower-case";
import { type DatabasePrivilege, sortPrivileges } from "../../core/catalogue/mysql-privileges";
import { defined, sortedRecord } from "../../core/json";
import { printable } from "../../core/printable";
import { accountName, isSystemAccount } from "../../core/roster/account-name";
import { isManagedName, managedName } from "../../core/roster/managed-names";
import { type DatabaseGrant, privilegesOf } from "../../core/roster/roster";
import { parseExpiry } from "../../core/users";
import { accountFault } from "../../core/users/check-account";
import { caseClash } from "../../core/users/check-databases";
import { formerlyFault } from "../../core/users/formerly-fault";
import { identityWarnings } from "../../core/users/identity-warnings";
import { nearestHint } from "../../core/users/nearest";
import { AccessConstruct } from "../terraform/access-construct";
import { quoted, ValidationError } from "../terraform/validation-error";
import { assertAgentGrants, withOwner } from "./checks/agent-props";
import {
  assertAccount,
  assertDatabase,
  assertEmail,
  assertPlainTexts,
  assertPrivileges,
  assertRoles,
  objectKeys,
  refusal,
} from "./checks/grant-props";
import { accountOptions } from "./checks/option-props";
import { assertNoOverlap, patternKey, serverKeys } from "./checks/server-props";
import { type Roles, SHIPPED_ROLES } from "./shipped-roles";
import type {
  GrantedObjects,
  GrantedPattern,
  GrantedRole,
  GrantLimits,
  UserGrantProps,
} from "./user-grant-props";

/**
 * One user's access to one cluster, without a `users/` folder. In the plan it is
 * `terraform_data.<user>-on-<cluster>`, which the cluster makes.
 *
 * @example
 * new UserGrant(this, "JaneOnOrders", {
 *   cluster: orders,
 *   user: { kind: "person", user: "jane.doe", name: "Jane Doe", email: "jane.doe@example.com" },
 *   grants: [
 *     { databases: ["orders"], role: "read", expires: "2027-03-31", reason: "INC-1234" },
 *     { database: "billing", columns: { invoices: ["id", "total"] }, privileges: ["SELECT"] },
 *   ],
 * });
 */
export class UserGrant extends AccessConstruct {
  /** The name of the MySQL account: `sl_jane.doe`. */
  readonly account: string;

  constructor(scope: Construct, id: string, props: UserGrantProps) {
    super(scope, id);
    const { cluster, grants, roles = SHIPPED_ROLES } = props;
    const granted = withOwner(this, props.user);
    const { kind, user, name, email, account = user } = granted;
    const { formerly, hosts, limits, login, owner, password, suspended, tls } = granted;
    assertPlainTexts(this, { user, account, formerly, name, email });
    assertEmail(this, email);
    if (roles !== SHIPPED_ROLES) assertRoles(this, roles);
    this.account = managedName(cluster, account);
    const fault = accountFault(account, this.account === account ? undefined : cluster.prefix);
    if (fault) throw new ValidationError(`\`user\`: ${fault.message}: ${fault.hint}`, this);
    if (!isManagedName(cluster, this.account) || isSystemAccount(this.account))
      throw new ValidationError(
        `\`user\` must give an account that may be managed, got: ${this.account}`,
        this,
      );
    const identity = { kind, username: user, account, ...defined({ email }) };
    for (const { message, hint } of identityWarnings(identity, [cluster.prefix]))
      Annotations.of(this).addWarning(printable(`${message}; ${hint}`));
    const formerFault = formerly && formerlyFault(formerly, { account, kind, prefix: cluster.prefix });
    if (formerFault) throw refusal(this, "formerly", formerFault);
    const former = formerly && accountName(cluster.prefix, formerly);
    const options = accountOptions(this, { suspended, limits, login, password, tls, hosts });
    if (options.login === "password" && kind !== "service")
      throw new ValidationError("`login`: only a service logs in by password", this);
    if (options.login === "existing" && kind === "person")
      Annotations.of(this).addWarning(
        "`login`: the person logs in by a password of their own, not by IAM token",
      );
    const access = accountGrants(this, grants, { roles, prefix: cluster.prefix });
    assertAgentGrants(this, granted, access, roles);
    const identified = defined({
      kind,
      user,
      name,
      email,
      owner: owner?.user,
      formerly: former || undefined,
    });
    const details = { ...identified, ...options, ...defined(access) };
    assertAccount(this, this.account, details);
    cluster.addAccount({ account: this.account, details, roles, origin: this.node.path }, this);
  }
}

/** A grant that gives a role or privileges. */
type GrantedRights = GrantedRole | GrantedObjects | GrantedPattern;

/** What a cluster says of the accounts that it takes. */
interface Rules {
  readonly roles: Roles;
  readonly prefix: string;
}

/** The grants of an account as a roster has them. */
function accountGrants(scope: Construct, grants: UserGrantProps["grants"], { prefix, roles }: Rules) {
  const databases = new Map<string, DatabaseGrant>();
  const objects = new Map<string, DatabaseGrant>();
  const spellings = new Map<string, string>();
  const addObject = (key: string, terms: DatabaseGrant) => {
    if (objects.has(key))
      throw new ValidationError(`\`grants\` must name each object once, got twice: ${key}`, scope);
    objects.set(key, terms);
  };
  for (const grant of grants) {
    if ("global" in grant || "nativeRoles" in grant) {
      for (const key of serverKeys(scope, grant, prefix)) addObject(key, limitTerms(scope, key, grant));
      continue;
    }
    const terms = grantTerms(scope, grant as GrantedRights, roles);
    if ("pattern" in grant) addObject(patternKey(scope, grant.pattern), terms);
    else if ("databases" in grant)
      for (const database of grant.databases) {
        assertNewDatabase(scope, spellings, database);
        databases.set(database, terms);
      }
    else for (const key of objectKeys(scope, grant as GrantedObjects)) addObject(key, terms);
  }
  assertNoOverlap(scope, [...databases.keys()], [...objects.keys()]);
  if (databases.size + objects.size === 0)
    throw new ValidationError("`grants` must name at least one database", scope);
  return {
    databases: Object.fromEntries(databases),
    ...defined({ objects: objects.size > 0 ? sortedRecord(objects) : undefined }),
  };
}

function assertNewDatabase(scope: Construct, spellings: Map<string, string>, database: string): void {
  assertDatabase(scope, "databases", database);
  const other = spellings.get(lowerName(database));
  if (other === database)
    throw new ValidationError(`\`grants\` must name each database once, got twice: ${database}`, scope);
  if (other !== undefined) throw refusal(scope, "databases", caseClash(`"${database}" and "${other}"`));
  spellings.set(lowerName(database), database);
}

/** What a grant gives, and until when. */
function grantTerms(scope: Construct, grant: GrantedRights, roles: Roles): DatabaseGrant {
  const { grantOption = false } = grant;
  if (typeof grantOption !== "boolean")
    throw new ValidationError("`grantOption` must be true or false, and known at synth", scope);
  const privileges = grant.privileges ?? defaultPrivileges(grant);
  const role = grant.role ?? sortPrivileges(privileges ?? []).join(", ");
  if (role === "")
    throw refusal(scope, "role", { message: "the grant gives nothing", hint: "name a role or privileges" });
  assertPlainTexts(scope, { role });
  if (privileges) assertPrivileges(scope, "privileges", privileges);
  const { expires, reason } = limitTerms(scope, role, grant);
  const option = grantOption || undefined;
  const terms = defined({ role, privileges, expires, reason, grantOption: option as true | undefined });
  if (privilegesOf({ roles, accounts: {} }, terms).length === 0)
    throw refusal(scope, "role", {
      message: `unknown role ${quoted(role)}`,
      hint: nearestHint(role, Object.keys(roles), "`roles` names none"),
    });
  return terms;
}

/** Until when, and why, without what a grant gives. */
function limitTerms(scope: Construct, role: string, { expires, reason }: GrantLimits): DatabaseGrant {
  assertPlainTexts(scope, { reason });
  if (reason !== undefined && /[\r\n]/.test(reason))
    throw new ValidationError("`grants`: a `reason` is one line, but one has a line break", scope);
  return defined({ role, expires: parsedExpiry(scope, expires), reason });
}

/** EXECUTE, for a grant on routines alone that does not say what it gives. */
function defaultPrivileges(grant: GrantedRights): readonly DatabasePrivilege[] | undefined {
  const isOnRoutines = "database" in grant && !grant.tables && !grant.columns;
  return isOnRoutines && grant.role === undefined ? ["EXECUTE"] : undefined;
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
