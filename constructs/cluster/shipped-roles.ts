import type { DatabasePrivilege } from "../../core/catalogue/mysql-privileges";
import { Problems } from "../../core/users/problem";
import { resolveRoles } from "../../core/users/resolve-roles";

/** The roles of the `users/roles.yaml` in this package, each with the privileges it inherits. */
export const SHIPPED_ROLES: Readonly<Record<string, readonly DatabasePrivilege[]>> = Object.fromEntries(
  resolveRoles(undefined, new Problems()) ?? [],
);

/** The privileges of each role, by the role's name. */
export type Roles = typeof SHIPPED_ROLES;
