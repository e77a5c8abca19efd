import { ANY_HOST, hostsOf, isStagingHost } from "../roster/account-hosts";
import { accountNames, type Roster } from "../roster/roster";
import { quoteAccount } from "./quote";
import { SqlScanner } from "./sql-scanner";

/**
 * How lists of accounts of earlier rosters name one of a host: as SQL does. The others are user names, which
 * stand for all hosts. No user name begins like that: it has the prefix.
 */
export const isOfHost = (name: string): boolean => name.startsWith("'");

/** The accounts of a roster, each with its host, quoted. */
export const accountsOf = (roster: Roster): string[] =>
  accountNames(roster).flatMap(user =>
    hostsOf(roster.accounts[user]!).map(host => quoteAccount({ user, host })),
  );

/**
 * A list of the ledger, with the account that a user name alone means: it was at `%`, where the list has
 * none of the name with a host.
 */
export function withHosts(names: readonly string[]): string[] {
  const named = new Set(names.filter(isOfHost).map(userOf));
  const alone = names.filter(name => !isOfHost(name) && !named.has(name));
  return [...names, ...alone.map(user => quoteAccount({ user, host: ANY_HOST }))];
}

/** Those accounts of users who are gone that were at other hosts than `%`, in case the users return. */
export function atHostsOfGone(earlier: readonly string[], roster: Roster): string[] {
  const gone = earlier.filter(name => isOfHost(name) && !Object.hasOwn(roster.accounts, userOf(name)));
  const elsewhere = new Set(
    gone.map(userOf).filter(user => gone.some(name => userOf(name) === user && !isAnywhere(name))),
  );
  return gone.filter(name => elsewhere.has(userOf(name)));
}

const isAnywhere = (name: string): boolean => name === quoteAccount({ user: userOf(name), host: ANY_HOST });

/** Those accounts of declared users that earlier rosters had at hosts that the roster has no longer. */
export function atFormerHosts(earlier: readonly string[], roster: Roster): string[] {
  const declared = new Set(accountsOf(roster));
  return [...new Set(earlier)].filter(
    name => isOfHost(name) && !declared.has(name) && Object.hasOwn(roster.accounts, userOf(name)),
  );
}

const userOf = (name: string): string => new SqlScanner(name).account().user;

/** Whether a declared user has the host, by the roster or an earlier one. A run that died leaves others. */
export const isHostOf =
  (roster: Roster, earlier: readonly string[] = []) =>
  (user: string, host: string): boolean =>
    hostsOf(Object.hasOwn(roster.accounts, user) ? roster.accounts[user]! : {}).includes(host) ||
    isStagingHost(host) ||
    earlier.includes(quoteAccount({ user, host }));

/** The hosts of all accounts of a roster; of none `%`. */
export function hostsIn({ accounts }: Roster): readonly string[] {
  const hosts = new Set(Object.values(accounts).flatMap(hostsOf));
  return hosts.size > 0 ? [...hosts] : [ANY_HOST];
}
