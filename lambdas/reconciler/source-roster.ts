import type { Roster } from "../../core/roster";
import { mergeSources } from "../../core/source";
import { formerlyDeclared, type LedgerState } from "./ledger";
import type { SourceState } from "./source-ledger";

/** What a cluster should have, Terraform's roster and its sources together, and who may be left of before. */
export interface MergedRoster {
  readonly roster: Roster;
  /** Accounts that were declared once, are no longer, and may still exist. */
  readonly formerly: readonly string[];
}

/** @param roster Terraform's: it stays what plans and the ledger's versions are about */
export function mergedRoster(state: LedgerState, roster: Roster, sources: readonly SourceState[]): MergedRoster {
  const merged = mergeSources(roster, sources);
  const names = new Set([...formerlyDeclared(state, merged), ...sources.flatMap(({ formerly }) => formerly)]);
  return { roster: merged, formerly: [...names].filter(name => !Object.hasOwn(merged.accounts, name)).sort() };
}

/** What a reviewer is told of the accounts that stand elsewhere. */
export function sourcesNote(roster: Roster, sources: readonly SourceState[]): string[] {
  const naming = sources.filter(source => Object.keys(source.roster.accounts).length > 0);
  const beside = new Set(
    naming.flatMap(source => Object.keys(source.roster.accounts)).filter(name => !Object.hasOwn(roster.accounts, name)),
  );
  if (beside.size === 0) return [];
  const names = naming.map(({ name }) => name).join(", ");
  return [
    `${beside.size === 1 ? "1 account stands" : `${beside.size} accounts stand`} in Parameter Store (${names}), beside those declared here.`,
  ];
}
