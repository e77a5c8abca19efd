import type { ParameterSource } from "../contract/registry-entry";
import { accountNames, holdsAt, type Roster } from "../roster/roster";

/** The accounts that have access at `now` by `before`, and none by `after`: taken out, or with nothing but dates that have passed. */
export function removedAccounts(before: Roster, after: Roster, now: Date): string[] {
  const left = new Set(standing(after, now));
  return standing(before, now).filter(name => !left.has(name));
}

const standing = (roster: Roster, now: Date): string[] =>
  accountNames(roster).filter(name =>
    Object.values(roster.accounts[name]!.databases).some(grant => holdsAt(grant, now)),
  );

export interface RemovalCheck {
  readonly before: Roster;
  readonly after: Roster;
  readonly now: Date;
  readonly source: Pick<ParameterSource, "maxRemovalShare" | "minRemovals">;
  /** What stands for exactly these accounts. */
  readonly tokenOf: (accounts: readonly string[]) => string;
  /** The token that the document holds. */
  readonly confirmed: string | undefined;
}

const NAMED = 5;

/** Why so many accounts are not taken away at once without being asked; undefined where they may be. */
export function removalFault(check: RemovalCheck): string | undefined {
  const { maxRemovalShare, minRemovals } = check.source;
  const removed = removedAccounts(check.before, check.after, check.now);
  const all = standing(check.before, check.now).length;
  if (removed.length < minRemovals || removed.length <= maxRemovalShare * all) return undefined;
  const token = check.tokenOf(removed);
  if (check.confirmed === token) return undefined;
  const some =
    removed.slice(0, NAMED).join(", ") +
    (removed.length > NAMED ? ` and ${removed.length - NAMED} more` : "");
  const instead =
    check.confirmed === undefined ? "" : ", and its `confirmRemovals` stands for other accounts";
  return (
    `it takes away ${removed.length} of ${all} accounts (${some}), which is more than the share of ${maxRemovalShare} ` +
    `that goes without being confirmed${instead}. If that is meant, write "confirmRemovals": "${token}" beside "users"`
  );
}
