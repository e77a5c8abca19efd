import { isInner } from "../roster/granted-object";
import { grantsOf, privilegesOf, type Roster, type RosterAccount } from "../roster/roster";
import { READING } from "./agents";

/**
 * Whether all that an account holds is reading in single databases, so that a reader endpoint suffices.
 * @param isCurrent the grants that count
 */
export function onlyReads(
  roster: Roster,
  account: RosterAccount,
  isCurrent: (grant: ReturnType<typeof grantsOf>[number]["grant"]) => boolean = () => true,
): boolean {
  const grants = grantsOf(account).filter(({ grant }) => isCurrent(grant));
  return (
    grants.length > 0 &&
    grants.every(
      ({ grant, object }) =>
        (object === undefined || isInner(object)) &&
        privilegesOf(roster, grant).every(privilege => READING.includes(privilege)),
    )
  );
}
