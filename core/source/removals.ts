import type { ParameterSource } from "../contract/registry-entry";
import { nameSome } from "../name-some";
import { accountNames, holdsAt, type Roster } from "../roster/roster";

/**
 * The accounts that have access at `now` by `before` and none by `after`: removed, or with expired grants
 * only.
 */
export function removedAccounts(before: Roster, after: Roster, now: Date): string[] {
  const remaining = new Set(withAccess(after, now));
  return withAccess(before, now).filter(name => !remaining.has(name));
}

const withAccess = (roster: Roster, now: Date): string[] =>
  accountNames(roster).filter(name =>
    Object.values(roster.accounts[name]!.databases).some(grant => holdsAt(grant, now)),
  );

export interface RemovalCheck {
  readonly before: Roster;
  readonly after: Roster;
  readonly now: Date;
  readonly source: Pick<ParameterSource, "maxRemovalShare" | "minRemovals">;
  /** Makes the token that confirms the removal of exactly these accounts. */
  readonly tokenOf: (accounts: readonly string[]) => string;
  /** The token in the document. */
  readonly confirmed: string | undefined;
}

const MAX_NAMED = 5;

/** Why so many accounts are not removed without confirmation; undefined if they may be removed. */
export function removalFault(check: RemovalCheck): string | undefined {
  const { maxRemovalShare, minRemovals } = check.source;
  const removed = removedAccounts(check.before, check.after, check.now);
  const all = withAccess(check.before, check.now).length;
  if (removed.length < minRemovals || removed.length <= maxRemovalShare * all) return undefined;
  const token = check.tokenOf(removed);
  if (check.confirmed === token) return undefined;
  const other = check.confirmed === undefined ? "" : ", and its `confirmRemovals` confirms other accounts";
  return (
    `it takes away ${removed.length} of ${all} accounts (${nameSome(removed, MAX_NAMED)}), which is more than ` +
    `the share of ${maxRemovalShare} that goes without being confirmed${other}. ` +
    `If that is meant, write "confirmRemovals": "${token}" next to "users"`
  );
}
