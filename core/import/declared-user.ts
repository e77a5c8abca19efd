import { byCodeUnit, defined } from "../json";
import { enabledEvents, objectName } from "../mysql/defined-objects";
import { obstacle } from "../mysql/former-account";
import { LIMIT_NAMES } from "../mysql/iam-login";
import { accountName, hasPrefix } from "../roster/account-name";
import { tlsSchema } from "../roster/account-options";
import { type ManagedNames, managedName } from "../roster/managed-names";
import { accountFault } from "../users/check-account";
import type { UserFile } from "../users/user-file-schema";
import { isUnnamed, namedByConstruct, namingReasons, partOf, rosterName } from "./construct-names";
import { declaredGrants, type GrantContext } from "./declared-grants";
import type { InventoryAccount } from "./inventory";
import type { Person } from "./people";

/** Whether logins by password are declared as they are, or people's become IAM logins. */
export interface ImportMode {
  readonly asIs: boolean;
}

/** The accounts of one user name, at all of their hosts. */
export interface FoundUser {
  readonly user: string;
  readonly accounts: readonly InventoryAccount[];
}

/** A file that declares what an account is, or why there is none. */
export type DeclaredUser =
  | { readonly file: UserFile; readonly username: string }
  | { readonly reasons: readonly string[] };

export interface UserContext extends GrantContext, ImportMode {
  /** The user names of all accounts. */
  readonly users: ReadonlySet<string>;
  /** Which accounts are managed, as the construct says now. */
  readonly names: ManagedNames;
}

const ROLE = "rds_superuser_role";
const ANY_HOST = "%";

/** Declares an account exactly as it is, but for a person's login by password. */
export function declaredUser(found: FoundUser, person: Person, context: UserContext): DeclaredUser {
  const [first] = found.accounts;
  const options = found.accounts.map(account => optionsOf(account, person, context));
  const grants = found.accounts.map(account => declaredGrants(account, context));
  const reasons = [
    ...nameReasons(found, context),
    ...found.accounts.flatMap(accountReasons),
    ...grants.flatMap(one => one.reasons),
    ...options.flatMap(one => one.reasons),
  ];
  const isSame = (all: readonly unknown[]) => new Set(all.map(one => JSON.stringify(one))).size === 1;
  if (!isSame(grants.map(one => one.grants)) || !isSame(options))
    reasons.push(
      "its accounts at different hosts differ, and a user has the same at all hosts (make them equal)",
    );
  if (grants[0]!.grants.length === 0 && reasons.length === 0)
    reasons.push(
      "it has no privilege, and a declared account has at least one (drop it, if nobody needs it)",
    );
  if (reasons.length > 0) return { reasons: [...new Set(reasons)] };
  const part = partOf(first!.user, context.names);
  const username = person.username ?? part;
  const hosts = found.accounts.map(({ host }) => host).sort(byCodeUnit);
  const { email, expires, kind, name = part, owner } = person;
  const file = {
    name,
    ...defined({ email, account: username === part ? undefined : part }),
    ...(kind !== "person" && { kind }),
    ...defined({ owner }),
    ...(hosts.join() !== ANY_HOST && { hosts }),
    ...options[0]!.options,
    grants: grants[0]!.grants.map(grant => ({ ...grant, ...defined({ expires }) })),
  };
  return { file: file as UserFile, username };
}

/** Why no user can have the account's name. */
function nameReasons({ accounts, user }: FoundUser, context: UserContext): string[] {
  const { asIs, names, observed, prefix, users } = context;
  const part = partOf(user, names);
  const fault = accountFault(part, prefix);
  const reasons = fault ? [fault.message] : [];
  if (hasPrefix(prefix, user)) {
    const own = managedName(names, part);
    if (own !== user)
      reasons.push(`\`alsoManages\` names ${own}, which is the account of this user (drop one of the two)`);
    return reasons;
  }
  const other = accountName(prefix, part);
  if (users.has(other))
    reasons.push(`${other} exists, which is the account of this user (drop one of the two)`);
  if (accounts.some(({ host }) => host !== ANY_HOST))
    reasons.push(
      "it has no prefix and another host than `%`, so no construct can name it (RENAME USER to `%` or to the prefix)",
    );
  else if (isUnnamed(user, names)) reasons.push(...namingReasons(user, names, asIs, observed.self.user));
  const next = { prefix, ...namedByConstruct(names, [user], asIs) };
  const why = rosterName(user, next) === user ? undefined : obstacle(accounts[0]!, context);
  const todo = asIs ? "take it out of `takeOver`" : "with --as-is it keeps its name";
  if (why !== undefined) reasons.push(`it is not renamed to ${other}: ${why} (${todo})`);
  return reasons;
}

function accountReasons(account: InventoryAccount): string[] {
  const { locked, members, proxies, restrictions, roles } = account;
  const reasons: string[] = [];
  if (roles.some(({ user }) => user === ROLE))
    reasons.push(`it is an administrator, by the role ${ROLE} (leave it as it is)`);
  if (members.length > 0)
    reasons.push(
      `others have it as a role: ${members.map(({ user }) => user).join(", ")} (give them a role of its own)`,
    );
  if (proxies.length > 0) reasons.push("it may act as another account (revoke PROXY)");
  if (restrictions.length > 0)
    reasons.push(
      `it has partial revokes on ${restrictions.map(({ database }) => database).join(", ")} (grant on databases)`,
    );
  const events = locked ? enabledEvents(account).map(objectName) : [];
  if (events.length > 0)
    reasons.push(`it is locked, and ${events.join(", ")} run with its rights (give them another definer)`);
  return reasons;
}

/** What a user file says of lock, login, limits and TLS. */
function optionsOf(account: InventoryAccount, { kind }: Person, { asIs }: ImportMode) {
  const { blocksFailedLogins, limits, locked, moreFactors, proof, tls } = account;
  const isManagedLogin = proof === "iam" && tls !== "" && !blocksFailedLogins && moreFactors === 0;
  const keepsLogin = kind === "service" || (asIs && kind === "person");
  const login = !isManagedLogin && keepsLogin ? ("existing" as const) : undefined;
  const set = LIMIT_NAMES.filter(name => limits[name] !== 0).map(name => [name, limits[name]] as const);
  const requirement = requirementOf(account, login !== undefined);
  return {
    options: defined({
      suspended: locked || undefined,
      login,
      limits: set.length > 0 ? Object.fromEntries(set) : undefined,
      tls: requirement === "unknown" ? undefined : requirement,
    }),
    reasons:
      requirement === "unknown" && login === undefined
        ? ["its TLS requirement names what cannot be declared (REQUIRE SSL or X509)"]
        : [],
  };
}

/** The TLS requirement as a user file says it; undefined if it need not. */
function requirementOf({ certificate, tls }: InventoryAccount, isExisting: boolean) {
  if (tls === "ANY") return isExisting ? "ssl" : undefined;
  if (tls === "") return undefined;
  if (tls === "X509") return "x509";
  const { cipher, issuer, subject } = certificate;
  const names = defined({ subject: subject || undefined, issuer: issuer || undefined });
  return cipher === "" && tlsSchema.safeParse(names).success ? names : "unknown";
}
