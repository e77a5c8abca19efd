import type { OwnNames } from "../roster/managed-names";
import {
  type OffboardMark,
  offboardedPerson,
  reinstatedAccounts,
  reinstatedPerson,
  withOffboarded,
  withSuspended,
} from "../roster/offboarded";
import type { Roster } from "../roster/roster";
import { enabledEvents, eventsToDisable } from "./defined-objects";
import type { ObservedAccount, ObservedState } from "./observed-state";
import { isActive, isLockedIn } from "./suspend";

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
export function shutOut(
  found: Roster,
  { lastSuccess, offboarded }: OffboardFacts,
  names: OwnNames,
  observed: ObservedState,
) {
  const roster = withOffboarded(found, offboarded, names, isLockedIn(observed));
  const offboardedBy = offboardedPerson(roster, offboarded, names);
  const isOffboarded = (user: string) => offboardedBy(user) !== undefined;
  return {
    roster: withSuspended(roster, isOffboarded),
    offboardedBy,
    isOffboarded,
    reinstatedPerson: reinstatedPerson(roster, offboarded, names),
    reinstated: reinstatedAccounts(roster, offboarded, names, lastSuccess),
  };
}

/**
 * The accounts that all of the rosters suspend, and that are not shut out. Of offboarded ones those alone
 * whose events cannot all be disabled: they have to lose EVENT.
 */
export function reopenedAccounts(
  rosters: readonly (Roster | undefined)[],
  { accounts, setsDefiners }: ObservedState,
  isOffboarded: (user: string) => boolean,
): Set<string> {
  const isSuspended = (roster: Roster | undefined, name: string) =>
    roster !== undefined && Object.hasOwn(roster.accounts, name) && roster.accounts[name]!.suspended;
  const runsOn = (account: ObservedAccount) =>
    enabledEvents(account).length > (setsDefiners ? eventsToDisable(account).length : 0);
  const active = accounts
    .filter(account => isActive(account) && (!isOffboarded(account.user) || runsOn(account)))
    .map(({ user }) => user);
  return new Set(active.filter(name => rosters.every(roster => isSuspended(roster, name))));
}
