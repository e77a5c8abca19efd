import { narrowFirst } from "./ambiguous-patterns";
import { type NamesInGrants, specificity } from "./database-name";
import type { DesiredDatabase } from "./desired-account";
import type { ObservedAccount } from "./observed-state";
import { type Operation, Step } from "./operation";
import { quoteIdentifier } from "./quote";

/** The clause that names a database in a grant. */
export const onDatabase = (spelled: string): string => `ON ${quoteIdentifier(spelled)}.*`;

/** Takes away what rows of `mysql.db` hold beyond what is wanted there, the least specific row first. */
export function revokeRows(
  account: ObservedAccount,
  wanted: ReadonlyMap<string, DesiredDatabase>,
  names: NamesInGrants,
): Operation[] {
  const narrowed = narrowFirst(account, names);
  return account.databases.flatMap(row => {
    const role = wanted.get(row.name);
    const keep = new Set<string>(role?.privileges);
    const extra = row.privileges.filter(p => !keep.has(p));
    const first = extra.filter(p => narrowed.get(row.name)?.includes(p));
    const rest = [...extra.filter(p => !first.includes(p)), ...(row.grantOption ? ["GRANT OPTION"] : [])];
    const revoke = (rank: number, items: readonly string[]): Operation => ({
      step: Step.RevokeDatabase,
      rank,
      account,
      before: `REVOKE ${items.join(", ")} ${onDatabase(row.name)} FROM`,
      why: role ? `more than role ${role.role}` : "nobody declared it",
    });
    const rank = specificity(row.name, names);
    return [
      ...(first.length > 0 ? [revoke(rank - 0.5, first)] : []),
      ...(rest.length > 0 ? [revoke(rank, rest)] : []),
    ];
  });
}
