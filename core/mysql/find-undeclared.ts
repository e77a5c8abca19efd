import { byCodeUnit } from "../json";
import { nameSome } from "../name-some";
import { isStagingHost } from "../roster/account-hosts";
import { ACCOUNT_HOST } from "./desired-account";
import { hostRank } from "./host-order";
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

type Anonymous = Pick<ObservedState, "anonymousHosts">;

/**
 * The accounts without a name that take the logins of declared accounts. The server sorts accounts by their
 * hosts first, so that an anonymous one comes before a named one of a farther host, also if it is locked
 * (measured).
 * @param hosts those of the declared accounts
 */
const takers = ({ anonymousHosts }: Anonymous, hosts: readonly string[]): string[] =>
  anonymousHosts
    .filter(host => host !== "" && hosts.some(one => one !== host && hostRank(one) <= hostRank(host)))
    .map(host => quoteAccount({ user: "", host }));

/** The same, as texts for lists of accounts. */
export const loginTakers = (observed: Anonymous, hosts: readonly string[] = [ACCOUNT_HOST]): string[] =>
  takers(observed, hosts).map(account => `${account} (takes every login from there)`);

/** A note about them. */
export function loginTakersNote(observed: Anonymous, hosts: readonly string[] = [ACCOUNT_HOST]): string[] {
  const accounts = takers(observed, hosts);
  if (accounts.length === 0) return [];
  return [
    `NO DECLARED ACCOUNT CAN LOG IN from where an account without a name may: ${nameSome(accounts)}. ` +
      "Without the prefix it is not touched. Drop it by hand.",
  ];
}
