import * as z from "zod";
import { lowerName } from "../catalogue/lower-case";
import { DATABASE_PRIVILEGES, type DatabasePrivilege, PRIVILEGES_AT } from "../catalogue/mysql-privileges";
import { SERVER_PRIVILEGES } from "../catalogue/server-privileges";
import { defined } from "../json";
import { isSystemAccount } from "./account-name";
import { type GrantedObject, isInner, isOfServer, objectText } from "./granted-object";
import { isManagedName, type ManagedNames, takenOver } from "./managed-names";
import {
  accountNameSchema,
  accountNames,
  byPlace,
  databaseNameSchema,
  databasePatternSchema,
  grantsOf,
  levelOfGrant,
  privilegesOf,
  type Roster,
} from "./roster";

/**
 * The ceiling of a cluster that declares none: all database privileges except ALTER ROUTINE. Its holder could
 * change another account's procedure, which runs with that account's rights.
 */
export const DEFAULT_CEILING_PRIVILEGES: readonly DatabasePrivilege[] = DATABASE_PRIVILEGES.filter(
  p => p !== "ALTER ROUTINE",
);

/** The most that may ever be granted on a cluster. Anything that it does not name is refused. */
export const ceilingSchema = z
  .strictObject({
    /** Database privileges that any grant may hold. */
    privileges: z.array(z.enum(DATABASE_PRIVILEGES)).readonly(),
    /** The databases that may be granted, by their literal names. Absent: all except the server's own. */
    databases: z.array(databaseNameSchema).readonly().optional(),
    /** Patterns of databases that may be granted although `databases` does not name them. */
    patterns: z.array(databasePatternSchema).readonly().optional(),
    /** Global privileges that a grant may name. Absent: none. */
    global: z.array(z.enum(SERVER_PRIVILEGES)).readonly().optional(),
    /** Native roles of MySQL that a grant may name. Absent: none. */
    nativeRoles: z.array(accountNameSchema).readonly().optional(),
    /** Whether a grant may ask for GRANT OPTION. Absent: it may not. */
    grantOption: z.literal(true).optional(),
  })
  .readonly();

/**
 * The most that may ever be granted on a cluster: `privileges`, by MySQL's names (`SELECT`), and optionally
 * `databases`, by their literal names. Without `databases`: all except the server's own. With `databases`, a
 * pattern must be among `patterns`. Global privileges (`PROCESS`), native roles (`AWS_LAMBDA_ACCESS`) and
 * GRANT OPTION are granted only where `global`, `nativeRoles` and `grantOption` allow them.
 */
export type Ceiling = z.output<typeof ceilingSchema>;

/** Every database privilege except ALTER ROUTINE, on every database except the server's own. */
export const DEFAULT_CEILING: Ceiling = { privileges: DEFAULT_CEILING_PRIVILEGES };

/** The server's own databases. Their tables hold all grants, so nothing on them is ever granted. */
export const SYSTEM_DATABASES = ["mysql", "sys", "performance_schema", "information_schema"] as const;

/**
 * Whether `name`, literally or as a pattern of LIKE, matches one of the server's own databases. An escaped
 * wildcard counts as one, too.
 */
export function reachesSystemDatabase(name: string): boolean {
  const pattern = [...lowerName(name).replaceAll("\\", "")]
    .map(c => (c === "%" ? ".*" : c === "_" ? "." : c.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")))
    .join("");
  const like = new RegExp(`^${pattern}$`, "su");
  return SYSTEM_DATABASES.some(database => like.test(database));
}

/** One thing in a roster that the ceiling forbids. */
export interface CeilingViolation {
  readonly account: string;
  readonly database?: string;
  /** What in the database the grant is on. Absent: all of it. */
  readonly object?: GrantedObject | undefined;
  /** The team whose grant it is. Absent: the account's own. */
  readonly team?: string | undefined;
  readonly message: string;
  /** What to do, where it is not to ask for less or to raise the ceiling. */
  readonly hint?: string | undefined;
}

/** A violation as the part of a sentence. */
export const describeViolation = ({ account, database, message, object }: CeilingViolation): string => {
  const place = database === undefined || (object && !isInner(object)) ? "" : `, database \`${database}\``;
  return `account \`${account}\`${place}${object ? `, ${objectText(object)}` : ""}: ${message}`;
};

/** Everything in the roster that the ceiling or the rules for accounts forbid, in the roster's order. */
export function ceilingViolations(roster: Roster, ceiling: Ceiling, names: ManagedNames): CeilingViolation[] {
  const violations: CeilingViolation[] = [];
  for (const account of accountNames(roster)) {
    const fault = nameFault(account, names);
    if (fault !== undefined) violations.push({ account, message: fault });
    for (const placed of grantsOf(roster.accounts[account]!).sort(byPlace)) {
      const { database, grant, object } = placed;
      const add = (message: string, hint?: string) =>
        violations.push({ account, database, ...defined({ object, hint, team: grant.team }), message });
      if (grant.grantOption && !ceiling.grantOption)
        add("asks for GRANT OPTION, which the cluster's ceiling does not allow");
      if (object && isOfServer(object)) {
        for (const message of serverViolations(object, ceiling, names)) add(message);
        continue;
      }
      const privileges = privilegesOf(roster, grant);
      const level = levelOfGrant(placed) ?? "database";
      if (grant.grantOption && level === "routine" && /[^ -~]/.test(account))
        add(
          "asks for GRANT OPTION on a routine; of an account whose name is not ASCII, MySQL never takes it back",
        );
      if (reachesSystemDatabase(database))
        add(
          `reaches one of the server's own databases (${SYSTEM_DATABASES.join(", ")}), which is never granted`,
        );
      const { databases, patterns = [] } = ceiling;
      if (databases && !(object?.kind === "PATTERN" ? patterns : databases).includes(database))
        add(
          object?.kind === "PATTERN"
            ? "is not among the patterns that the ceiling names, as it must be where the ceiling names databases"
            : `is not among the databases that the ceiling names (${databases.join(", ")})`,
        );
      if (privileges.length === 0)
        add(`names the role \`${grant.role}\`, for which the roster has no privileges`);
      const misplaced = privileges.filter(privilege => !PRIVILEGES_AT[level].includes(privilege));
      if (misplaced.length > 0)
        add(
          `asks for ${misplaced.join(", ")}, which MySQL does not grant on a ${level}`,
          `on a ${level} there are: ${PRIVILEGES_AT[level].join(", ")}`,
        );
      const above = privileges.filter(privilege => !ceiling.privileges.includes(privilege));
      if (above.length > 0) add(`asks for ${above.join(", ")}, which the cluster's ceiling does not allow`);
    }
  }
  return violations;
}

/** Why no roster may hold an account of this name. */
function nameFault(account: string, names: ManagedNames): string | undefined {
  if (isSystemAccount(account)) return "is an account of the server or of AWS, which is never touched";
  if (isManagedName(names, account)) return undefined;
  return `does not begin with the cluster's prefix \`${names.prefix}_\`, and \`alsoManages\` does not name it`;
}

/** What is wrong with a global privilege, or with a native role, under the ceiling. */
function serverViolations({ kind, name }: GrantedObject, ceiling: Ceiling, names: ManagedNames): string[] {
  if (kind === "PRIVILEGE") {
    const serverWide: readonly string[] = SERVER_PRIVILEGES;
    if (!serverWide.includes(name)) return ["is no global privilege that is ever granted"];
    const allowed: readonly string[] = ceiling.global ?? [];
    return allowed.includes(name) ? [] : ["the cluster's ceiling names no such global privilege"];
  }
  if (isNeverRole(name, names)) return [NEVER_ROLE];
  return ceiling.nativeRoles?.includes(name) ? [] : ["the cluster's ceiling names no such native role"];
}

const NEVER_ROLE =
  "is a managed account or an account of the server or of AWS, which is never granted as a role";

/**
 * Whether no grant may name it as a native role: an account that is managed or will be, whose privileges
 * would reach further than declared, and accounts of the server and of AWS. Aurora's `AWS_...` roles may be
 * named.
 */
export const isNeverRole = (name: string, names: ManagedNames): boolean =>
  isManagedName(names, name) ||
  [...takenOver(names).values()].some(({ user }) => user === name) ||
  (isSystemAccount(name) && !name.startsWith("AWS_"));
