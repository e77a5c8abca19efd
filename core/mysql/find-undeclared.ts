import { byCodeUnit } from "../json";
import { nameSome } from "../name-some";
import { isStagingHost } from "../roster/account-hosts";
import { ACCOUNT_HOST } from "./desired-account";
import type { ObservedState } from "./observed-state";
import { quoteAccount } from "./quote";

/**
 * The accounts with the prefix that nobody declared, in order. An account is named `sl_eve`, or `sl_bob@10.%`
 * if `sl_bob` is declared and exists: the server then has a second account of that name, for logins from
 * there.
 * @param isItsHost whether a declared user logs in from the host
 */
export function findUndeclared(
  { accounts }: ObservedState,
  isDeclared: (user: string) => boolean,
  isItsHost: (user: string, host: string) => boolean = (_, host) => host === ACCOUNT_HOST,
): string[] {
  const exact = new Set(accounts.filter(({ host, user }) => isItsHost(user, host)).map(({ user }) => user));
  const names = accounts.flatMap(({ user, host }) => {
    if (!isDeclared(user)) return [user];
    return !isItsHost(user, host) && !isStagingHost(host) && exact.has(user) ? [`${user}@${host}`] : [];
  });
  return [...new Set(names)].sort(byCodeUnit);
}

/**
 * The accounts without a name that take the logins of declared accounts. The server sorts accounts by their
 * hosts first, so that an anonymous one with any host but `%` comes before a named one of `%`, also if it is
 * locked (measured).
 */
const takers = ({ anonymousHosts }: Pick<ObservedState, "anonymousHosts">): string[] =>
  anonymousHosts
    .filter(host => host !== ACCOUNT_HOST && host !== "")
    .map(host => quoteAccount({ user: "", host }));

/** The same, as texts for lists of accounts. */
export const loginTakers = (observed: Pick<ObservedState, "anonymousHosts">): string[] =>
  takers(observed).map(account => `${account} (takes every login from there)`);

/** A note about them. */
export function loginTakersNote(observed: Pick<ObservedState, "anonymousHosts">): string[] {
  const accounts = takers(observed);
  if (accounts.length === 0) return [];
  return [
    `NO DECLARED ACCOUNT CAN LOG IN from where an account without a name may: ${nameSome(accounts)}. ` +
      "Without the prefix it is not touched. Drop it by hand.",
  ];
}
