import { byCodeUnit } from "../json";
import { isOfServer } from "../roster/granted-object";
import type { PlacedGrant } from "../roster/roster";
import type { ObservedAccount, RoleRules } from "./observed-state";
import { type Operation, operation, Step } from "./operation";
import { quoteAccount } from "./quote";
import { isMandatory } from "./role-rules";
import { FORMS } from "./statement-forms";

/** The host of a native role that a grant names, as CREATE ROLE makes it. */
const ROLE_HOST = "%";

/** What one account should have of the whole server. */
export interface DesiredServer {
  /** Global privileges, static and dynamic, in order. */
  readonly privileges: readonly string[];
  /** Names of native roles, in order. Each is granted, and a default role. */
  readonly roles: readonly string[];
}

const NO_SERVER: DesiredServer = { privileges: [], roles: [] };

/** What the account's current grants give of the whole server. @param placed the grants that are current */
export function desiredServer(placed: readonly PlacedGrant[]): DesiredServer {
  if (!placed.some(({ object }) => object && isOfServer(object))) return NO_SERVER;
  const namesOf = (kind: string) =>
    [...new Set(placed.flatMap(({ object }) => (object?.kind === kind ? [object.name] : [])))].sort(
      byCodeUnit,
    );
  return { privileges: namesOf("PRIVILEGE"), roles: namesOf("ROLE") };
}

export const isNothing = ({ privileges, roles }: DesiredServer): boolean =>
  privileges.length + roles.length === 0;

export const roleAccount = (name: string) => ({ user: name, host: ROLE_HOST });

/** What an account holds of the whole server that may be declared: without GRANT OPTION and ADMIN OPTION. */
interface HeldServer {
  readonly privileges: ReadonlySet<string>;
  readonly roles: ReadonlySet<string>;
}

export const heldServer = ({ dynamicPrivileges, globalPrivileges, roles }: ObservedAccount): HeldServer => ({
  privileges: new Set([...globalPrivileges, ...dynamicPrivileges.map(({ name }) => name)]),
  roles: new Set(roles.filter(({ host }) => host === ROLE_HOST).map(({ user }) => user)),
});

/**
 * The account without its declared global privileges and native roles. A role with ADMIN OPTION, and a
 * dynamic privilege with GRANT OPTION, remain: no REVOKE takes the option alone.
 */
export function withoutServer(
  account: ObservedAccount,
  { privileges, roles }: DesiredServer,
): ObservedAccount {
  if (isNothing({ privileges, roles })) return account;
  return {
    ...account,
    globalPrivileges: account.globalPrivileges.filter(name => !privileges.includes(name)),
    dynamicPrivileges: account.dynamicPrivileges.filter(
      ({ grantOption, name }) => grantOption || !privileges.includes(name),
    ),
    roles: account.roles.filter(
      ({ adminOption, host, user }) => adminOption || host !== ROLE_HOST || !roles.includes(user),
    ),
  };
}

const grantAll = (step: Step, account: Operation["account"], privileges: readonly string[]): Operation[] =>
  privileges.length === 0
    ? []
    : [operation(step, account, FORMS.grant.write(privileges, "*.*"), "declared for the whole server")];

const grantRoles = (step: Step, account: Operation["account"], roles: readonly string[]): Operation[] =>
  roles.map(role =>
    operation(step, account, FORMS.grantRole.write(roleAccount(role)), "declared as a native role"),
  );

/** After the roles are granted (3530). */
const setDefaults = (
  step: Step,
  account: Operation["account"],
  roles: readonly Operation["account"][],
): Operation => ({
  ...operation(step, account, FORMS.setDefaultRoles.write(roles), "native roles are active after a login"),
  rank: 1,
});

/** Gives a new account its global privileges and native roles. */
export const createServer = (
  account: Operation["account"],
  { privileges, roles }: DesiredServer,
): Operation[] => [
  ...grantAll(Step.GrantNew, account, privileges),
  ...grantRoles(Step.GrantNew, account, roles),
  ...(roles.length === 0 ? [] : [setDefaults(Step.GrantNew, account, roles.map(roleAccount))]),
];

/** What `grantServer` compares. */
interface ServerChange {
  readonly to: Operation["account"] & { readonly server: DesiredServer };
  /** The account as it is. */
  readonly existing: ObservedAccount;
  /** What of it is revoked. */
  readonly revoked: ObservedAccount;
  readonly roleRules: RoleRules;
}

/**
 * Gives what is missing of the whole server, after the revocations. What is revoked only because it came with
 * an option is granted again at once. A role that is granted and no default role becomes one.
 */
export function grantServer({ existing, revoked, roleRules, to }: ServerChange): Operation[] {
  const { privileges, roles } = to.server;
  if (isNothing(to.server)) return [];
  const [held, taken] = [heldServer(existing), heldServer(revoked)];
  const again = {
    privileges: privileges.filter(name => taken.privileges.has(name)),
    roles: roles.filter(name => taken.roles.has(name)),
  };
  const missing = {
    privileges: privileges.filter(name => !held.privileges.has(name)),
    roles: roles.filter(name => !held.roles.has(name)),
  };
  const isDefault = (name: string) =>
    existing.defaultRoles.some(one => quoteAccount(one) === quoteAccount(roleAccount(name)));
  // SET DEFAULT ROLE replaces them all. Mandatory roles stay.
  const kept = existing.defaultRoles.filter(role => isMandatory(role, roleRules));
  const defaults = (names: readonly string[]) => [...kept, ...names.map(roleAccount)];
  const isLacking = roles.some(name => !isDefault(name) && !again.roles.includes(name));
  const present = roles.filter(name => !missing.roles.includes(name));
  return [
    ...grantAll(Step.RegrantServer, existing, again.privileges),
    ...grantRoles(Step.RegrantServer, existing, again.roles),
    ...(again.roles.length > 0 ? [setDefaults(Step.RegrantServer, existing, defaults(present))] : []),
    ...grantAll(Step.GrantNew, to, missing.privileges),
    ...grantRoles(Step.GrantNew, to, missing.roles),
    ...(isLacking ? [setDefaults(Step.GrantNew, to, defaults(roles))] : []),
  ];
}
