import {
  type AccountId,
  type AdministratorPrivileges,
  DATABASE_PRIVILEGES,
  type OwnPrivileges,
} from "../../../core/mysql";
import { accountNames } from "./account-names";
import type { Row } from "./mysql-session";

/** A quoted name. It can hold all that a line of SHOW GRANTS holds, ` TO ` and quotes included. */
const NAME = "`(?:[^`]|``)*`";
/** Everything, a database, a table or routine, or an account (of PROXY). */
const OBJECT = `\\*\\.\\*|(?:[A-Z]+ )?${NAME}\\.(?:\\*|${NAME})|${NAME}@${NAME}`;
/** `GRANT SELECT, CONNECTION_ADMIN ON *.* TO ...`; a granted role has no ON. */
const LINE = new RegExp(`^(GRANT|REVOKE) ([A-Z0-9_, ]+) ON (${OBJECT}) (?:TO|FROM) \``, "s");
const DATABASE = /^`((?:[^`]|``)*)`\.\*$/s;
/** ``GRANT `a`@`%`,`b`@`%` TO `admin`@`%` WITH ADMIN OPTION``. */
const ROLES = new RegExp(`^GRANT ((?:${NAME}@${NAME},?)+) TO \``, "s");

/** What the connection's own account holds, as SHOW GRANTS lists it. */
export interface OwnGrants extends OwnPrivileges {
  /** What it can grant on everything. */
  readonly grantable: readonly string[];
  /** What it can grant in single databases, by the name in the grant, what it holds everywhere included. */
  readonly databases: readonly { readonly name: string; readonly privileges: readonly string[] }[];
  /** Roles that are granted to it or to its active roles. */
  readonly roles: readonly AccountId[];
  /** Those that it may grant and revoke. */
  readonly administeredRoles: readonly AccountId[];
  /** Whether it may grant and revoke PROXY for every account. */
  readonly grantsProxies: boolean;
}

/** A line about privileges. */
interface Grant {
  readonly isRevoked: boolean;
  readonly privileges: readonly string[];
  readonly object: string;
  /** Set if the object is a database. */
  readonly database?: string | undefined;
  readonly option: boolean;
}

function parseGrant(line: string): Grant[] {
  const [, verb, list, object] = LINE.exec(line) ?? [];
  if (list === undefined || object === undefined) return [];
  const database = DATABASE.exec(object)?.[1]?.replaceAll("``", "`");
  const names = list.split(",").map(name => name.trim());
  const privileges = names.includes("ALL PRIVILEGES") ? DATABASE_PRIVILEGES : names;
  return [
    {
      isRevoked: verb === "REVOKE",
      privileges,
      object,
      database,
      option: line.endsWith(" WITH GRANT OPTION"),
    },
  ];
}

/**
 * The privileges of the connection's own account. The server adds up what the account, its active roles and
 * theirs hold: also GRANT OPTION, so that what one has it may grant with the option of another (measured).
 * @param hasRdsKill whether the server has the procedure `mysql.rds_kill`
 */
export function ownPrivileges(rows: readonly Row[], hasRdsKill: boolean): OwnGrants {
  const lines = rows.map(row => String(Object.values(row)[0]));
  const grants = lines.flatMap(parseGrant);
  const given = grants.filter(({ isRevoked }) => !isRevoked);
  const everywhere = given.filter(({ object }) => object === "*.*");
  const global = new Set(everywhere.flatMap(({ privileges }) => privileges));
  const hasOption = everywhere.some(({ option, privileges }) => option && privileges.some(isStatic));
  const optional = everywhere.filter(({ option }) => option).flatMap(({ privileges }) => privileges);
  const fixed = [...global].filter(isStatic);
  const restrictions = new Map(
    grants.flatMap(({ database, isRevoked, privileges }) =>
      isRevoked && database !== undefined ? [[database, new Set(privileges)] as const] : [],
    ),
  );
  const onDatabases = given.flatMap(({ database, ...grant }) =>
    database === undefined ? [] : [{ ...grant, name: database }],
  );
  const isMissing = (name: string) => (privilege: string) => restrictions.get(name)?.has(privilege) === true;
  const executes = ({ object, privileges }: Grant) =>
    (object === "`mysql`.*" || object === "PROCEDURE `mysql`.`rds_kill`") && privileges.includes("EXECUTE");
  const callsRdsKill =
    given.some(executes) || (global.has("EXECUTE") && !restrictions.get("mysql")?.has("EXECUTE"));
  const ofMysql = given
    .filter(({ object }) => object === "`mysql`.*")
    .flatMap(({ privileges }) => privileges);
  const writes = (privilege: string) =>
    ofMysql.includes(privilege) || (global.has(privilege) && !isMissing("mysql")(privilege));
  const roleLines = lines.filter(line => ROLES.test(line));
  const rolesOf = (some: readonly string[]) => some.flatMap(line => accountNames(ROLES.exec(line)![1]!));
  return {
    global,
    restrictions,
    grants: hasOption || onDatabases.some(({ option }) => option),
    callsRdsKill: hasRdsKill && callsRdsKill,
    writesMysql: ["INSERT", "UPDATE", "DELETE"].every(writes),
    grantable: [
      ...new Set([...(hasOption ? fixed : []), ...optional.filter(name => !isStatic(name))]),
    ].sort(),
    databases: onDatabases
      .filter(({ option }) => option || hasOption)
      .map(({ name, privileges }) => ({
        name,
        privileges: [...privileges, ...fixed.filter(privilege => !isMissing(name)(privilege))],
      })),
    roles: rolesOf(roleLines),
    administeredRoles: rolesOf(roleLines.filter(line => line.endsWith(" WITH ADMIN OPTION"))),
    grantsProxies: given.some(
      ({ object, option, privileges }) => option && object === "``@``" && privileges.includes("PROXY"),
    ),
  };
}

/** Dynamic privileges, whose names have an underscore, have a grant option of their own. */
const isStatic = (privilege: string) => !privilege.includes("_");

/** What the administrator can grant and revoke. */
export const administratorOf = (own: OwnGrants, version: string): AdministratorPrivileges => ({
  grantable: own.grantable,
  databases: own.databases,
  restrictions: [...own.restrictions].map(([database, of]) => ({ database, privileges: [...of] })),
  // Aurora MySQL 3 calls itself 8.0.mysql_aurora.3.x. What 8.4 does was not measured.
  revokesRestricted: Number.parseInt(version, 10) >= 9,
  revokesProxies: own.grantsProxies,
});
