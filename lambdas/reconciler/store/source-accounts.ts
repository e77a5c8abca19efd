import * as z from "zod";
import { accountNames, type Roster } from "../../../core/roster/roster";
import { UNCONFIRMED } from "../../../core/source";
import type { SourceItem } from "./source-ledger-item";

/** The accounts of a source that may exist. A blob of its own: thousands do not fit into an item. */
export const sourceAccountsSchema = z.object({
  /** Those that the source made or took over, with the moment since when, `UNCONFIRMED` or `CONFIRMED`. */
  own: z.record(z.string(), z.string()).readonly(),
  /** Those that earlier documents declared, and that no run has taken away yet. */
  formerly: z.array(z.string()).readonly(),
});

export type SourceAccounts = z.output<typeof sourceAccountsSchema>;

/** Instead of the moment: a run had the account in force for the source, and since when is not known. */
const CONFIRMED = "0";

/** How many names the item itself repeats, for functions of the release before. */
const NAMES_IN_ITEM = 1_000;

export const formerlyInItem = ({ formerly }: SourceAccounts): readonly string[] =>
  formerly.slice(0, NAMES_IN_ITEM);

/**
 * The accounts of an item without such a blob, as earlier releases wrote them: what they accepted, they took
 * over.
 */
export function accountsOfEarlierRelease(
  { formerly }: Pick<SourceItem, "formerly">,
  rosters: readonly Roster[],
): SourceAccounts {
  const names = [...formerly, ...rosters.flatMap(accountNames)];
  return { own: notConfirmed(names), formerly };
}

/** The accounts as an unproven item has them: somebody else may have written the list. */
export const unconfirmed = ({ formerly, own }: SourceAccounts): SourceAccounts => ({
  own: notConfirmed(Object.keys(own)),
  formerly,
});

const notConfirmed = (names: readonly string[]) => Object.fromEntries(names.map(name => [name, UNCONFIRMED]));

/** The accounts with more that the source may change from now on. */
export function withOwn({ formerly, own }: SourceAccounts, names: Iterable<string>, at: Date) {
  const since = Object.fromEntries([...names].map(name => [name, at.toISOString()]));
  return { own: { ...since, ...own }, formerly };
}

/** What a run did for the accounts of a source. */
export interface SettledAccounts {
  /** Accounts that had to go and that the run processed. */
  readonly gone: ReadonlySet<string>;
  /** Accounts that are in force for the source. */
  readonly inForce: readonly string[];
  /** Whether an account is still the source's own after the run: one that had to go may be locked only. */
  readonly stays: (account: string) => boolean;
}

export const afterRun = ({ formerly, own }: SourceAccounts, { gone, inForce, stays }: SettledAccounts) => ({
  own: Object.fromEntries([
    ...Object.entries(own).filter(([account]) => stays(account)),
    ...inForce.map(account => [account, own[account] || CONFIRMED]),
  ]),
  formerly: formerly.filter(account => !gone.has(account)),
});
