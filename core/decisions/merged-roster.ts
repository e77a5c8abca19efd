import { assembleStatements, type StatementsRequest } from "../mysql";
import { blockedAccounts } from "../mysql/blocked-accounts";
import { atFormerHosts, withHosts } from "../mysql/former-hosts";
import { isLockedIn } from "../mysql/suspend";
import { offboardedPerson, withOffboarded } from "../roster/offboarded";
import { filterAccounts, type Roster } from "../roster/roster";
import { mergeSources } from "../source";
import { admitSources } from "./admit-sources";
import type { KnownSource, RegisteredCluster } from "./known-cluster";
import { previouslyDeclared, previouslyReviewed, withoutUnproven } from "./rosters-in-effect";

/** What a cluster should have, Terraform's roster and its sources together. */
export interface MergedRoster {
  readonly roster: Roster;
  /** Accounts that a roster declared once, that no roster declares now, and that may still exist. */
  readonly previouslyDeclared: readonly string[];
  /** Those of them that a reviewed roster declared, for the ledger. It keeps others with their sources. */
  readonly previouslyReviewed: readonly string[];
  /** Whether a run processes an account: not if it is blocked and no reviewed roster declares it. */
  readonly onlyUsers: (user: string) => boolean;
  /** Whether an account is that of an offboarded person. */
  readonly isOffboarded: (user: string) => boolean;
  /** Accounts that cannot be as a source says, and why. They must not hold up what was reviewed. */
  readonly blocked: ReadonlyMap<string, string>;
  /** Those that exist and that nobody declared before. They are undeclared, whatever a source says. */
  readonly strangers: ReadonlyMap<string, string>;
}

/**
 * Merges the sources into the reviewed roster. Left out are accounts of sources that exist and that nobody
 * declared before, that the server cannot hold, or that the administrator cannot grant. An account that only
 * a source declares then stays as it is; one that is reviewed too gets what was reviewed.
 *
 * @param reviewed Terraform's roster: plans and the ledger's versions are about it
 * @param observation what else decides about statements
 */
export function mergedRoster(
  cluster: RegisteredCluster,
  reviewed: Roster,
  observation: Omit<StatementsRequest, "roster" | "previouslyDeclared" | "onlyUsers" | "isOffboarded">,
): MergedRoster {
  const { now, observed } = observation;
  const { sources: admitted, strangers } = admitSources(cluster, reviewed, observed);
  const sources = withoutUnproven(admitted, observed, now);
  const isLocked = isLockedIn(observed);
  const whole = merge({ ...cluster, isLocked }, mergeSources(reviewed, sources, now), sources);
  const added = [...new Set(sources.flatMap(({ roster }) => Object.keys(roster.accounts)))].sort();
  const blocked = blockedAccounts(added, onlyUsers =>
    assembleStatements({ ...observation, ...whole, onlyUsers }),
  );
  const left = new Map([...strangers, ...blocked]);
  if (blocked.size === 0) return { ...whole, onlyUsers: () => true, blocked: left, strangers };
  const fitting = sources.map(source => ({
    ...source,
    roster: filterAccounts(source.roster, name => !blocked.has(name)),
  }));
  const onlyUsers = (user: string) => !blocked.has(user) || Object.hasOwn(reviewed.accounts, user);
  return {
    ...merge({ ...cluster, isLocked }, mergeSources(reviewed, fitting, now), fitting),
    onlyUsers,
    blocked: left,
    strangers,
  };
}

interface LookedAt extends RegisteredCluster {
  readonly isLocked: (user: string) => boolean;
}

function merge({ entry, isLocked, state }: LookedAt, merged: Roster, sources: readonly KnownSource[]) {
  const roster = withOffboarded(merged, state.offboarded, entry, isLocked);
  const offboarded = offboardedPerson(roster, state.offboarded, entry);
  const own = sources.flatMap(source => Object.keys(source.own));
  const earlier = [...sources.flatMap(({ formerly }) => formerly), ...own];
  const names = new Set([
    ...previouslyDeclared(state, roster),
    ...earlier,
    ...atFormerHosts(withHosts(own), roster),
  ]);
  return {
    roster,
    isOffboarded: (user: string) => offboarded(user) !== undefined,
    previouslyReviewed: previouslyReviewed(state, roster),
    previouslyDeclared: [...names].filter(name => !Object.hasOwn(roster.accounts, name)).sort(),
  };
}

/** The notes in the plan about accounts in Parameter Store. */
export function sourcesNotes(
  reviewed: Roster,
  sources: readonly KnownSource[],
  blocked: MergedRoster["blocked"],
): string[] {
  const naming = sources.filter(source => Object.keys(source.roster.accounts).length > 0);
  const all = naming.flatMap(source => Object.keys(source.roster.accounts));
  const { size } = new Set(all.filter(name => !Object.hasOwn(reviewed.accounts, name)));
  const names = naming.map(({ name }) => name).join(", ");
  const are = size === 1 ? "1 account is" : `${size} accounts are`;
  const leftOut = [...blocked].map(
    ([account, why]) => `${account} cannot be as Parameter Store says, and is left out: ${why}`,
  );
  for (const { broken } of sources)
    for (const [account, why] of Object.entries(broken ?? {}))
      leftOut.push(`${account} cannot be as Parameter Store says, and gets less: ${why}`);
  for (const { name, unproven } of sources)
    if (unproven)
      leftOut.push(
        `The ledger's record of the source ${name} is not proven (${unproven}): until a run has read its ` +
          "parameter again, its accounts keep what they hold and get nothing.",
      );
  if (size === 0) return leftOut;
  return [`${are} declared in Parameter Store (${names}), in addition to those declared here.`, ...leftOut];
}
