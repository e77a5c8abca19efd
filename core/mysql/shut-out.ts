import type { OwnNames } from "../roster/managed-names";
import { type OffboardMark, offboardedPerson, reinstatedAccounts, withSuspended } from "../roster/offboarded";
import type { Roster } from "../roster/roster";
import type { ObservedState } from "./observed-state";
import { isActive } from "./suspend";

/** Who was offboarded, as far as a scheduled run needs it. */
export interface OffboardFacts {
  /** Who was offboarded, on all clusters. Default: nobody. */
  readonly offboarded?: readonly OffboardMark[] | undefined;
  /** When a run last succeeded. Accounts of persons who were reinstated since then are unlocked. */
  readonly lastSuccess?: string | undefined;
}

/**
 * The roster in which the accounts of offboarded persons are suspended, also where target and applied do not
 * agree, and which accounts these are.
 */
export function shutOut(roster: Roster, { lastSuccess, offboarded }: OffboardFacts, names: OwnNames) {
  const offboardedBy = offboardedPerson(roster, offboarded, names);
  const isOffboarded = (user: string) => offboardedBy(user) !== undefined;
  return {
    roster: withSuspended(roster, isOffboarded),
    offboardedBy,
    isOffboarded,
    reinstated: reinstatedAccounts(roster, offboarded, names, lastSuccess),
  };
}

/** The accounts that all of the rosters suspend, and that are not shut out; without offboarded ones. */
export function reopenedAccounts(
  rosters: readonly (Roster | undefined)[],
  { accounts }: ObservedState,
  isOffboarded: (user: string) => boolean,
): Set<string> {
  const isSuspended = (roster: Roster | undefined, name: string) =>
    roster !== undefined && Object.hasOwn(roster.accounts, name) && roster.accounts[name]!.suspended;
  const active = accounts.filter(isActive).map(({ user }) => user);
  return new Set(
    active.filter(name => !isOffboarded(name) && rosters.every(roster => isSuspended(roster, name))),
  );
}
