import type { AccountId, ObservedState, RoleRules } from "./observed-state";
import { quoteAccount } from "./quote";

const isIn = (roles: readonly AccountId[], { host, user }: AccountId): boolean =>
  roles.some(role => role.user === user && role.host === host);

/** Whether every account has the role, or account, by the setting `mandatory_roles`. */
export const isMandatory = (role: AccountId, { mandatoryRoles }: RoleRules): boolean =>
  isIn(mandatoryRoles, role);

/** Whether the administrator may take the role away from an account. */
export const isRevocable = (role: AccountId, { revocableRoles }: RoleRules): boolean =>
  revocableRoles === "all" || isIn(revocableRoles, role);

/** A note about roles that every account has. */
export function mandatoryRolesNote({ mandatoryRoles }: Pick<ObservedState, "mandatoryRoles">): string[] {
  if (mandatoryRoles.length === 0) return [];
  const names = mandatoryRoles.map(quoteAccount).join(", ");
  return [
    `Every account has the role${mandatoryRoles.length > 1 ? "s" : ""} ${names}, by the server's setting mandatory_roles. ` +
      "What they grant is in addition to the roster.",
  ];
}
