import { AURORA_ROLES, isServerPrivilege } from "../catalogue/server-privileges";
import type { PlacedGrant } from "../roster/roster";
import { privilegesOf, type Roster } from "../roster/roster";
import { STRENGTHS, type Strength } from "../roster/roster-rules";

/** What only looks at data. */
const READING: readonly string[] = ["SELECT", "SHOW VIEW"];
/** What changes data, or runs what may: a routine does what its definer may do. */
const CHANGING: readonly string[] = [
  "INSERT",
  "UPDATE",
  "DELETE",
  "EXECUTE",
  "LOCK TABLES",
  "CREATE TEMPORARY TABLES",
];
/** With it an account changes what others' routines do, which run with their rights. */
const EVERYTHING: readonly string[] = ["ALTER ROUTINE"];

const strengthOfPrivilege = (privilege: string): Strength => {
  if (READING.includes(privilege)) return "read";
  if (CHANGING.includes(privilege)) return "change";
  return EVERYTHING.includes(privilege) ? "everything" : "define";
};

/** Whether `strength` is at least `least`. */
export const isAtLeast = (strength: Strength | undefined, least: Strength): boolean =>
  strength !== undefined && STRENGTHS.indexOf(strength) >= STRENGTHS.indexOf(least);

/**
 * What privileges let their holder do, by the strongest of them: `read` (SELECT, SHOW VIEW), `change` (data),
 * `define` (tables, views, routines), `everything` (ALTER ROUTINE). Undefined for none.
 */
export function strengthOf(privileges: readonly string[]): Strength | undefined {
  let strongest = -1;
  for (const privilege of privileges)
    strongest = Math.max(strongest, STRENGTHS.indexOf(strengthOfPrivilege(privilege)));
  return STRENGTHS[strongest];
}

const HARMLESS_ROLES = Object.values(AURORA_ROLES);

/**
 * What a grant lets its holder do with databases. A global privilege that can be granted reaches no data, and
 * neither do Aurora's roles. What any other native role holds is not known here: it counts as everything.
 */
export function strengthOfGrant(
  roster: Pick<Roster, "roles">,
  { grant, object }: Pick<PlacedGrant, "grant" | "object">,
): Strength | undefined {
  if (object?.kind === "ROLE") return HARMLESS_ROLES.includes(object.name) ? undefined : "everything";
  if (object?.kind === "PRIVILEGE") return isServerPrivilege(object.name) ? undefined : "everything";
  return strengthOf(privilegesOf({ accounts: {}, ...roster }, grant));
}

/** Whether the grant gives more than reading single databases, as for an agent. */
export function isBeyondReading(
  roster: Pick<Roster, "roles">,
  { grant, object }: Pick<PlacedGrant, "grant" | "object">,
): boolean {
  if (object?.kind === "ROLE" || object?.kind === "PRIVILEGE" || grant.grantOption) return true;
  return privilegesOf({ accounts: {}, ...roster }, grant).some(privilege => !READING.includes(privilege));
}
