import { heldPart, type ObservedState } from "../mysql";
import {
  accountsOf,
  atFormerHosts,
  atHostsOfGone,
  isHostOf,
  isOfHost,
  withHosts,
} from "../mysql/former-hosts";
import { hasPrefix } from "../roster/account-name";
import { accountNames, EMPTY_ROSTER, type Roster } from "../roster/roster";
import { mergeSources, type SourceRoster } from "../source";
import type { KnownCluster, KnownSource, RegisteredCluster } from "./known-cluster";

/** What the sources have in effect now. */
export const effectiveRosters = (sources: readonly KnownSource[]): SourceRoster[] =>
  sources.map(({ effective, name, own }) => ({ name, own, roster: effective }));

/** What the sources have until the next apply: one that the registry no longer names keeps what it had. */
export const rostersUntilNextApply = (sources: readonly KnownSource[]): SourceRoster[] =>
  sources.map(({ effective, name, own, roster, withdrawn }) => ({
    name,
    own,
    roster: withdrawn ? effective : roster,
  }));

/** The roster that is known to be in effect at `now`, sources included. */
export const rosterInEffect = (
  { applied }: KnownCluster,
  sources: readonly KnownSource[],
  now: Date,
): Roster => mergeSources(applied?.roster ?? EMPTY_ROSTER, rostersUntilNextApply(sources), now);

/**
 * Every account that a roster of the cluster declared, as far as the ledger knows. Of a source only those
 * that a run made its own: what else it names may be someone else's.
 */
export const everDeclared = (
  { applied, target }: KnownCluster,
  sources: readonly KnownSource[],
): string[] => [
  ...[applied, target]
    .filter(version => version !== undefined)
    .flatMap(({ formerly, roster }) => [
      ...accountNames(roster),
      ...formerly.filter(name => !isOfHost(name)),
    ]),
  ...sources.flatMap(({ formerly, own }) => [...Object.keys(own), ...formerly]),
];

/** The user names that runs look after: those of the roster, and those that were declared before. */
export const managedUsers = (
  state: KnownCluster,
  sources: readonly KnownSource[],
  roster: Roster,
): ReadonlySet<string> =>
  new Set([
    ...accountNames(roster),
    ...everDeclared(state, sources),
    ...state.head.lingering.filter(name => !isOfHost(name)),
  ]);

/** Whether runs look after a user's account at the host: see `managedUsers`. */
export const managedHosts = (state: KnownCluster, roster: Roster) =>
  isHostOf(roster, [...earlierAccounts(state)].filter(isOfHost));

/** The accounts among `found` that the deletion of the last hook drops under `remove`. */
export const removedAccounts = <A extends { readonly user: string }>(
  { entry, state, states }: RegisteredCluster,
  found: readonly A[],
): A[] => {
  const declared = managedUsers(state, states, EMPTY_ROSTER);
  const isEach = entry.unmanaged === "remove";
  return found.filter(({ user }) => declared.has(user) || (isEach && hasPrefix(entry.prefix, user)));
};

/**
 * Accounts that earlier rosters declared, that `roster` does not hold, and that may still exist. Before a
 * version that is known to be in effect, only accounts that could not be dropped yet may remain. A user who
 * has other hosts in the roster is named with the host.
 */
export function previouslyDeclared(state: KnownCluster, roster: Roster): string[] {
  const names = [...earlierAccounts(state)];
  const gone = names.filter(name => !isOfHost(name) && !Object.hasOwn(roster.accounts, name));
  return [...gone, ...atFormerHosts(names, roster)].sort();
}

/** The same for the ledger, which keeps the hosts of users who are gone: they may return with other ones. */
export const previouslyReviewed = (state: KnownCluster, roster: Roster): string[] =>
  [...previouslyDeclared(state, roster), ...atHostsOfGone([...earlierAccounts(state)], roster)].sort();

/** The accounts of rosters that may be in effect, by user name, and with their hosts. */
function earlierAccounts({ applied, head, target }: KnownCluster): Set<string> {
  const names = new Set<string>(withHosts(head.lingering));
  for (const version of [target, applied])
    for (const name of version ? [...accountNames(version.roster), ...accountsOf(version.roster)] : [])
      names.add(name);
  if (head.target !== head.applied) for (const name of withHosts(target?.formerly ?? [])) names.add(name);
  return names;
}

/**
 * The sources, where an unproven one has only what its accounts hold already: it gives nothing and keeps what
 * is there. What it has expired is still taken.
 */
export const withoutUnproven = (
  sources: readonly KnownSource[],
  observed: ObservedState,
  now: Date,
): readonly KnownSource[] =>
  sources.map(source => {
    if (!source.unproven) return source;
    const held = (roster: KnownSource["roster"]) => heldPart(roster, observed, now);
    return { ...source, roster: held(source.roster), effective: held(source.effective), pending: [] };
  });
