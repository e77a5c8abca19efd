import type { OwnPrivileges } from "../../../core/mysql";
import type { Row } from "./mysql-session";

/** `GRANT SELECT, CONNECTION_ADMIN ON *.* TO ...`; a granted role has no ON. */
const LINE = /^(GRANT|REVOKE) ([A-Z_, ]+) ON (.*?) (?:TO|FROM) `/s;
const DATABASE = /^`((?:[^`]|``)*)`\.\*$/s;

/**
 * The privileges of the connection's own account, as SHOW GRANTS lists them.
 * @param hasRdsKill whether the server has the procedure `mysql.rds_kill`
 */
export function ownPrivileges(grants: readonly Row[], hasRdsKill: boolean): OwnPrivileges {
  const global = new Set<string>();
  const restrictions = new Map<string, Set<string>>();
  let [executesRdsKill, grantsAnywhere] = [false, false];
  for (const row of grants) {
    const line = String(Object.values(row)[0]);
    const [, verb, list = "", object = ""] = LINE.exec(line) ?? [];
    const privileges = list.split(",").map(name => name.trim());
    const database = DATABASE.exec(object)?.[1]?.replaceAll("``", "`");
    const isOnData = object === "*.*" || database !== undefined;
    const hasOption = verb === "GRANT" && line.endsWith(" WITH GRANT OPTION");
    if (hasOption && isOnData && privileges.some(isStatic)) grantsAnywhere = true;
    if (verb === "GRANT" && object === "*.*") for (const privilege of privileges) global.add(privilege);
    if (verb === "REVOKE" && database !== undefined) restrictions.set(database, new Set(privileges));
    const reachesRdsKill = database === "mysql" || object === "PROCEDURE `mysql`.`rds_kill`";
    if (verb === "GRANT" && reachesRdsKill && privileges.some(isExecute)) executesRdsKill = true;
  }
  if (global.has("EXECUTE") && !restrictions.get("mysql")?.has("EXECUTE")) executesRdsKill = true;
  return { global, restrictions, grants: grantsAnywhere, callsRdsKill: hasRdsKill && executesRdsKill };
}

/** Dynamic privileges, whose names have an underscore, have a grant option of their own. */
const isStatic = (privilege: string) => !privilege.includes("_");
const isExecute = (privilege: string) => privilege === "EXECUTE" || privilege === "ALL PRIVILEGES";
