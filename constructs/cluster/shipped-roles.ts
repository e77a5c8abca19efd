import type { DatabasePrivilege } from "../../core/catalogue/mysql-privileges";
import { Problems } from "../../core/users/problem";
import { resolveRoles } from "../../core/users/resolve-roles";

/** The roles that `users/roles.yaml` ships with, each with what it inherits. */
export const SHIPPED_ROLES: Readonly<Record<string, readonly DatabasePrivilege[]>> = Object.fromEntries(
  resolveRoles(undefined, new Problems()) ?? [],
);
