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
  const defined = new Set(observed.definerOf.map(object => object.toLowerCase()));
  return observed.routines.filter(
    ({ database, grantOption, privileges, routine, type }) =>
      creates.has(database) &&
      !grantOption &&
      privileges.every(privilege => AUTOMATIC.includes(privilege)) &&
      defined.has(`${type} ${database}.${routine}`.toLowerCase()),
  );
}
