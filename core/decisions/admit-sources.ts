import type { ObservedAccount, ObservedState } from "../mysql";
import { ACCOUNT_HOST } from "../mysql/desired-account";
import { IAM_PLUGIN } from "../mysql/iam-login";
import { accountNames, filterAccounts, type Roster } from "../roster/roster";
import type { KnownSource, RegisteredCluster } from "./known-cluster";
import { everDeclared } from "./rosters-in-effect";

/** The sources as far as a run may follow them. */
export interface AdmittedSources {
  readonly sources: readonly KnownSource[];
  /** Accounts that sources name and may not have, and why. */
  readonly strangers: ReadonlyMap<string, string>;
}

/**
 * Leaves out accounts of sources that exist and that no roster and no source declared before, such as an
 * account that someone made by hand for backups. A source could otherwise take such an account over, and drop
 * it with its next document. Its stack may allow that (`adoptAccounts`).
 *
 * Agents that the reviewed roster declares are left out, too: see `mergeSources`.
 *
 * What a source has from an earlier release, or from an unproven item (`UNCONFIRMED`), counts if its host and
 * login are those of a declared account.
 *
 * @param reviewed Terraform's roster
 */
export function admitSources(
  cluster: RegisteredCluster,
  reviewed: Roster,
  { accounts }: Pick<ObservedState, "accounts">,
): AdmittedSources {
  const { entry, state, states } = cluster;
  const madeHere = new Set(accounts.filter(isMadeHere).map(({ user }) => user));
  const ofSources = states.flatMap(({ formerly, own }) =>
    [...Object.keys(own), ...formerly].filter(name => own[name] || madeHere.has(name)),
  );
  const ofRosters = [...accountNames(reviewed), ...state.head.lingering, ...everDeclared(state, [])];
  const known = new Set([...ofRosters, ...ofSources]);
  const unknown = new Set(accounts.map(({ user }) => user).filter(user => !known.has(user)));
  const isAdopting = new Set(entry.sources.flatMap(({ adoptAccounts, name }) => (adoptAccounts ? name : [])));
  for (const { name, roster } of states)
    if (isAdopting.has(name)) for (const account of accountNames(roster)) unknown.delete(account);
  const isAgent = (name: string) =>
    Object.hasOwn(reviewed.accounts, name) && reviewed.accounts[name]!.kind === "agent";
  const strangers = new Map(
    states.flatMap(({ name, roster }) =>
      accountNames(roster)
        .filter(account => unknown.has(account) || isAgent(account))
        .map(account => [account, isAgent(account) ? WHY_AGENT : whyStranger(name)] as const),
    ),
  );
  if (strangers.size === 0) return { sources: states, strangers };
  const isAdmitted = (name: string) => !strangers.has(name);
  const sources = states.map(source => ({
    ...source,
    roster: filterAccounts(source.roster, isAdmitted),
    own: Object.fromEntries(Object.entries(source.own).filter(([name]) => isAdmitted(name))),
    formerly: source.formerly.filter(isAdmitted),
    pending: source.pending.filter(isAdmitted),
  }));
  return { sources, strangers };
}

/** Whether an account has the host and the login of those that runs create. */
const isMadeHere = ({ host, plugin }: ObservedAccount): boolean =>
  host === ACCOUNT_HOST && plugin === IAM_PLUGIN;

const WHY_AGENT =
  "it is an agent of `users/`, and what an agent has is reviewed. It keeps that. Take it out of the document.";
const whyStranger = (source: string): string =>
  `it exists, and neither a reviewed roster nor a source declared it before ${source} did. ` +
  "Declare it in `users/`, drop it by hand, or set `adoptAccounts` on the source.";
