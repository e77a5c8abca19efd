import { type NamesInGrants, rowReaches } from "./database-name";
import type { DesiredDatabase } from "./desired-account";
import { routineKey } from "./object-names";
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
  desired: { readonly databases: readonly Pick<DesiredDatabase, "privileges" | "spelled">[] },
  observed: Pick<ObservedAccount, "definerOf" | "routines">,
  names: NamesInGrants,
): readonly ObservedRoutineGrant[] {
  const creates = desired.databases.filter(({ privileges }) => privileges.includes("CREATE ROUTINE"));
  return observed.routines.filter(
    grant =>
      creates.some(({ spelled }) => rowReaches(spelled, grant.database, names)) &&
      isAutomatic(grant, observed.definerOf, names),
  );
}

/** Whether the grant is what the server gives to the creator of a routine, on a routine of its own. */
function isAutomatic(
  grant: ObservedRoutineGrant,
  definerOf: ObservedAccount["definerOf"],
  names: NamesInGrants,
): boolean {
  const { grantOption, privileges } = grant;
  const key = routineKey(grant, names);
  return (
    !grantOption &&
    privileges.every(privilege => AUTOMATIC.includes(privilege)) &&
    definerOf.some(
      ({ database, kind, name }) => routineKey({ type: kind, database, routine: name }, names) === key,
    )
  );
}

/**
 * Whether a grant whose name the server stored wrongly can stay: nothing can revoke it, and it gives nothing
 * that the account has not anyway. Any account that may create routines can bring about such a grant.
 */
export const isIdle = (
  grant: ObservedRoutineGrant,
  definerOf: ObservedAccount["definerOf"],
  names: NamesInGrants,
): boolean => grant.misencoded === true && (grant.idle === true || isAutomatic(grant, definerOf, names));
