import type { DesiredAccount } from "./desired-account";
import type { ObservedAccount, ObservedRoutineGrant } from "./observed-state";

/** What MySQL gives the creator of a routine on it by itself (`automatic_sp_privileges`), and takes when the routine goes. */
const AUTOMATIC = ["EXECUTE", "ALTER ROUTINE"];

/**
 * The grants that the account got by itself on routines that it created, where it may create them: to take them would be
 * undone by its next CREATE PROCEDURE. That it is the definer tells its own from another's, which ALTER ROUTINE would lay open.
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
