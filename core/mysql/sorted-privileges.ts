import { sortPrivileges } from "../catalogue/mysql-privileges";
import { rememberedOf } from "../remembered";

/** Privileges in the order of SHOW GRANTS. A list that many accounts share, as a role's, is sorted once. */
export const sortedPrivileges: (privileges: readonly string[]) => readonly string[] =
  rememberedOf(sortPrivileges);
