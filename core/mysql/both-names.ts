import { hostsOf } from "../roster/account-hosts";
import { filterAccounts, type Roster, type RosterAccount } from "../roster/roster";
import { heldPart } from "./enforceable-roster";
import { expiredAccounts } from "./expired-accounts";
import type { ObservedState } from "./observed-state";
import { isActive } from "./suspend";

interface Rosters {
  readonly target: Roster;
  readonly applied: Roster | undefined;
}

/**
 * Accounts by their former names, for rosters in which they have the new one while both exist: access that
 * ends must not go on by the other name. They give nothing that the account does not hold or an apply gave.
 * - After an apply that died, what the target says of the account counts for both.
 * - Otherwise the former account is due to go with the next apply. It is in the rosters only while it holds
 *   what has expired, or is suspended and not shut out.
 *
 * @param both the former names, by the new ones
 */
export function byBothNames(
  { applied, target }: Rosters,
  both: ReadonlyMap<string, string>,
  observed: ObservedState,
  now: Date,
) {
  const names = [...both];
  const copies = Object.fromEntries(
    names.map(([user, name]): [string, RosterAccount] => {
      const { formerly: _, ...account } = target.accounts[user]!;
      const exists = (host: string) => observed.accounts.some(one => one.user === name && one.host === host);
      // One that was renamed at a host is not created there again.
      return [name, hostsOf(account).every(exists) ? account : { ...account, givesNothing: true }];
    }),
  );
  const isHalfWay = (name: string) => applied !== undefined && Object.hasOwn(applied.accounts, name);
  const held = heldPart({ ...target, accounts: copies }, observed, now);
  const over = expiredAccounts(held, observed, now);
  const active = new Set(observed.accounts.filter(isActive).map(({ user }) => user));
  const isDue = (name: string) =>
    !isHalfWay(name) && (over.has(name) || (copies[name]!.suspended === true && active.has(name)));
  const { accounts: ending } = filterAccounts(held, isDue);
  const { accounts: halfWay } = filterAccounts({ ...target, accounts: copies }, isHalfWay);
  return { target: { ...ending, ...halfWay }, applied: ending };
}

/** The roster with more accounts. */
export const withAccounts = (roster: Roster, more: Roster["accounts"]): Roster =>
  Object.keys(more).length === 0 ? roster : { ...roster, accounts: { ...more, ...roster.accounts } };
