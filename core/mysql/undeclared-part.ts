import type { NamesInGrants } from "./database-name";
import type { DesiredAccount } from "./desired-account";
import { withoutDesired } from "./desired-objects";
import { withoutServer } from "./desired-server";
import type { ObservedAccount, ObservedRoutineGrant } from "./observed-state";
import { ownRoutines } from "./own-routines";

/** An account, by what of its grants on tables and routines, and of the whole server, is declared. */
export interface UndeclaredPart {
  /** The account without what is declared, and without what the server gave it on its own routines. */
  readonly found: ObservedAccount;
  /** What the server gave it on its own routines, as far as that is not declared. */
  readonly own: readonly ObservedRoutineGrant[];
}

export function undeclaredPart(
  desired: DesiredAccount,
  existing: ObservedAccount,
  names: NamesInGrants,
): UndeclaredPart {
  const rest = withoutServer(withoutDesired(existing, desired.objects, names), desired.server);
  const own = ownRoutines(desired, rest, names);
  const routines = rest.routines.filter(grant => !own.includes(grant));
  return { found: own.length === 0 ? rest : { ...rest, routines }, own };
}
