import { EVERYWHERE, isOfServer } from "../roster/granted-object";
import { type DatabaseGrant, GRANT_OPTION, givenBy, type PlacedGrant, type Roster } from "../roster/roster";
import { READING } from "../users/agents";
import type { Level } from "./access-change";

/** Privileges that change a schema, or code that runs with the rights of others. */
const ADMINISTRATOR: readonly string[] = [
  "CREATE",
  "DROP",
  "ALTER",
  "CREATE ROUTINE",
  "ALTER ROUTINE",
  "EVENT",
  "TRIGGER",
  GRANT_OPTION,
];

/** What a grant gives. Of a role whose privileges are not known, the role itself. */
export function powersOf(roster: Roster, placed: Pick<PlacedGrant, "grant" | "object">): readonly string[] {
  const given = givenBy(roster, placed);
  return given.length > 0 ? given : [roleToken(placed.grant)];
}

const roleToken = ({ role }: DatabaseGrant): string => `role ${role}`;

/**
 * Whether a grant makes an administrator: by its role's name (`admin`, or one that ends so), by a privilege
 * that changes a schema or the code in it, by GRANT OPTION, or because it is of the whole server.
 */
export const isAdministrator = (roster: Roster, placed: Pick<PlacedGrant, "grant" | "object">): boolean =>
  /(^|[^a-z])admin$/i.test(placed.grant.role) ||
  (placed.object !== undefined && isOfServer(placed.object)) ||
  powersOf(roster, placed).some(power => ADMINISTRATOR.includes(power));

/** Whether a grant allows more than reading. One of an unknown role counts as if it did. */
export const isWriting = (roster: Roster, placed: Pick<PlacedGrant, "grant" | "object">): boolean =>
  powersOf(roster, placed).some(power => !READING.includes(power));

const PRODUCTION = /(^|[^a-z])(prod|production)([^a-z]|$)/i;

/**
 * Whether a grant is on production: its environment in projects.yaml, its cluster or its database is named
 * `prod` or `production`, alone or as a word of the name (`orders-prod`).
 */
export function isProduction(cluster: string, { database, grant }: PlacedGrant): boolean {
  const environment = grant.project?.slice(grant.project.indexOf("/") + 1) ?? "";
  const names = [environment, cluster, database === EVERYWHERE ? "" : database];
  return names.some(name => PRODUCTION.test(name));
}

/** How much a grant allows; undefined if the privileges of its role are not known. */
export function levelOf(roster: Roster, placed: Pick<PlacedGrant, "grant" | "object">): Level | undefined {
  if (isAdministrator(roster, placed)) return "administrator";
  if (givenBy(roster, placed).length === 0) return undefined;
  return isWriting(roster, placed) ? "writing" : "reading";
}
