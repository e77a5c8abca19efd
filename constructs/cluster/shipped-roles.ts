import type { DatabasePrivilege } from "../../core/catalogue/mysql-privileges";
import { Problems } from "../../core/users/problem";
import { resolveRoles } from "../../core/users/resolve-roles";

/** The privileges of each role, by the role's name. */
export type Roles = Readonly<Record<string, readonly DatabasePrivilege[]>>;

/** The roles of the `users/roles.yaml` in this package, each with the privileges it inherits. */
export const SHIPPED_ROLES: Roles = Object.fromEntries(resolveRoles(undefined, new Problems()) ?? []);
