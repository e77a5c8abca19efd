import { narrowFirst } from "./ambiguous-patterns";
import { type NamesInGrants, specificity } from "./database-name";
import type { ObservedAccount } from "./observed-state";
import { type Operation, operation, rankAt, Step } from "./operation";
import { quoteIdentifier } from "./quote";
import { FORMS } from "./statement-forms";

/** The object of a grant on a whole database. */
export const onDatabase = (spelled: string): string => `${quoteIdentifier(spelled)}.*`;

/** What a row of `mysql.db` should hold. */
export interface WantedRow {
  readonly privileges: readonly string[];
  /** The declared role that gives it. */
  readonly role?: string;
}

/**
 * Revokes what the account's rows of `mysql.db` hold beyond the declared privileges, the least specific row
 * first.
 * @param wanted what the account should have, by the spelled name of the database
 */
export function revokeRows(
  account: ObservedAccount,
  wanted: ReadonlyMap<string, WantedRow>,
  names: NamesInGrants,
): Operation[] {
  const narrowed = narrowFirst(account, names);
  return account.databases.flatMap(row => {
    const desired = wanted.get(row.name);
    const keep = new Set(desired?.privileges);
    const extra = row.privileges.filter(p => !keep.has(p));
    if (extra.length === 0 && !row.grantOption) return [];
    const first = extra.filter(p => narrowed.get(row.name)?.includes(p));
    const rest = [...extra.filter(p => !first.includes(p)), ...(row.grantOption ? ["GRANT OPTION"] : [])];
    const why = desired?.role === undefined ? "nobody declared it" : `more than role ${desired.role}`;
    const revoke = (rank: number, items: readonly string[]): Operation => {
      const text = FORMS.revoke.write(items, onDatabase(row.name));
      return { ...operation(Step.RevokeDatabase, account, text, why), rank };
    };
    const rank = rankAt(account, specificity(row.name, names));
    return [
      ...(first.length > 0 ? [revoke(rank - 0.5, first)] : []),
      ...(rest.length > 0 ? [revoke(rank, rest)] : []),
    ];
  });
}
