import { previouslyDeclared } from "../../../core/decisions/rosters-in-effect";
import { assembleStatements, type StatementsRequest } from "../../../core/mysql";
import { blockedAccounts } from "../../../core/mysql/blocked-accounts";
import type { Roster } from "../../../core/roster/roster";
import { mergeSources } from "../../../core/source";
import type { LedgerState } from "../store/ledger";
import type { SourceState } from "../store/source-ledger";

/** What a cluster should have, Terraform's roster and its sources together, and who may be left of before. */
export interface MergedRoster {
  readonly roster: Roster;
  /** Accounts that were declared once, are no longer, and may still exist. */
  readonly previouslyDeclared: readonly string[];
  /** The accounts to deal with: all but those that are stuck and that no reviewed roster declares. */
  readonly onlyUsers: (user: string) => boolean;
  /** Accounts that cannot be as a source says, and why. They must not hold up what was reviewed. */
  readonly stuck: ReadonlyMap<string, string>;
}

/**
 * What of its sources a server cannot hold, or this administrator cannot give, is left out: an account of theirs alone stays as
 * it is found, and one that is reviewed gets what was reviewed.
 *
 * @param reviewed Terraform's: it stays what plans and the ledger's versions are about
 * @param looked what else decides about statements
 */
export function mergedRoster(
  state: LedgerState,
  reviewed: Roster,
  sources: readonly SourceState[],
  looked: Omit<StatementsRequest, "roster" | "previouslyDeclared" | "onlyUsers">,
): MergedRoster {
  const whole = merge(state, reviewed, sources);
  const added = [...new Set(sources.flatMap(({ roster }) => Object.keys(roster.accounts)))].sort();
  const stuck = blockedAccounts(added, onlyUsers => assembleStatements({ ...looked, ...whole, onlyUsers }));
  if (stuck.size === 0) return { ...whole, onlyUsers: () => true, stuck };
  const fitting = sources.map(source => ({ ...source, roster: without(source.roster, stuck) }));
  const onlyUsers = (user: string) => !stuck.has(user) || Object.hasOwn(reviewed.accounts, user);
  return { ...merge(state, reviewed, fitting), onlyUsers, stuck };
}

function merge(state: LedgerState, reviewed: Roster, sources: readonly SourceState[]) {
  const roster = mergeSources(reviewed, sources);
  const names = new Set([
    ...previouslyDeclared(state, roster),
    ...sources.flatMap(({ formerly }) => formerly),
  ]);
  return {
    roster,
    previouslyDeclared: [...names].filter(name => !Object.hasOwn(roster.accounts, name)).sort(),
  };
}

const without = (roster: Roster, accounts: ReadonlyMap<string, unknown>): Roster => ({
  ...roster,
  accounts: Object.fromEntries(Object.entries(roster.accounts).filter(([name]) => !accounts.has(name))),
});

/** What a reviewer is told of the accounts that stand elsewhere. */
export function sourcesNotes(
  reviewed: Roster,
  sources: readonly SourceState[],
  stuck: MergedRoster["stuck"],
): string[] {
  const naming = sources.filter(source => Object.keys(source.roster.accounts).length > 0);
  const all = naming.flatMap(source => Object.keys(source.roster.accounts));
  const beside = new Set(all.filter(name => !Object.hasOwn(reviewed.accounts, name)));
  const names = naming.map(({ name }) => name).join(", ");
  const stand = beside.size === 1 ? "1 account stands" : `${beside.size} accounts stand`;
  return [
    ...(beside.size > 0 ? [`${stand} in Parameter Store (${names}), beside those declared here.`] : []),
    ...[...stuck].map(
      ([account, why]) => `${account} cannot be as Parameter Store says, and is left out: ${why}`,
    ),
  ];
}
