import type { AccountId, RoleRules } from "../../../core/mysql";
import { accountNames } from "./account-names";
import type { Results } from "./observed-account";
import type { OwnGrants } from "./own-privileges";

/** The roles that no statement can take away. */
export function roleRules(results: Results, own: OwnGrants): RoleRules {
  const isAdmin = own.global.has("ROLE_ADMIN") || own.global.has("SUPER");
  return {
    mandatoryRoles: accountNames(String(results.server[0]!["mandatoryRoles"] ?? "")),
    revocableRoles: isAdmin ? "all" : own.administeredRoles,
  };
}

/** These let SQL call other AWS services, and grant nothing in the database. */
const AWS_ROLE = "AWS_";

/**
 * The roles of an account that are not active, so that what they grant does not count.
 * @param active `CURRENT_ROLE()`
 */
export function inactiveRoles({ roles }: Pick<OwnGrants, "roles">, active: unknown): AccountId[] {
  const names = active === "NONE" ? [] : accountNames(String(active));
  const isActive = ({ host, user }: AccountId) =>
    names.some(role => role.user === user && role.host === host);
  return roles.filter(role => !isActive(role) && !role.user.startsWith(AWS_ROLE));
}
