import { objectName } from "./defined-objects";
import type { DesiredAccount } from "./desired-account";
import type { ObservedAccount, ObservedRoutineGrant } from "./observed-state";

/**
 * What MySQL grants on a routine to its creator (`automatic_sp_privileges`), and revokes when the routine is
 * dropped.
 */
const AUTOMATIC = ["EXECUTE", "ALTER ROUTINE"];

/**
 * The grants that the account got automatically on routines that it created, where it may create routines.
 * These grants stay: the account's next CREATE PROCEDURE would bring them back. Only routines whose definer
 * is the account count, because ALTER ROUTINE on another account's routine would give it that account's
 * rights.
 * @see https://dev.mysql.com/doc/refman/8.0/en/stored-routines-privileges.html
 */
export function ownRoutines(
  desired: DesiredAccount,
  observed: ObservedAccount,
): readonly ObservedRoutineGrant[] {
  const creates = new Set(
    desired.databases.filter(d => d.privileges.includes("CREATE ROUTINE")).map(d => d.database),
  );
  return observed.routines.filter(
    grant => creates.has(grant.database) && isAutomatic(grant, observed.definerOf),
  );
}

/** Whether the grant is what the server gives to the creator of a routine, on a routine of its own. */
function isAutomatic(grant: ObservedRoutineGrant, definerOf: ObservedAccount["definerOf"]): boolean {
  const { database, grantOption, privileges, routine, type } = grant;
  const name = `${type} ${database}.${routine}`.toLowerCase();
  return (
    !grantOption &&
    privileges.every(privilege => AUTOMATIC.includes(privilege)) &&
    definerOf.some(object => objectName(object).toLowerCase() === name)
  );
}

/**
 * Whether a grant whose name the server stored wrongly can stay: nothing can revoke it, and it gives nothing
 * that the account has not anyway. Any account that may create routines can bring about such a grant.
 */
export const isIdle = (grant: ObservedRoutineGrant, definerOf: ObservedAccount["definerOf"]): boolean =>
  grant.misencoded === true && (grant.idle === true || isAutomatic(grant, definerOf));
