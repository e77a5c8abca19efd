import { type ObservedAccount, type ObservedState, quoteAccount } from "../../../core/mysql";
import { matchesPattern } from "../../support/arbitraries";

const PRIVILEGES = { reads: ["SELECT"], writes: ["INSERT", "UPDATE", "DELETE", "ALTER", "DROP"] };

/** Where the first wildcard is: of patterns with it at the same place, none is more specific. */
const wildcardAt = (pattern: string): number => pattern.replaceAll(/\\[\s\S]/g, "xx").search(/[%_]/);

/**
 * Whether the server may give the account the right on the database or not, from the rows of the grant tables
 * alone: of two patterns that match, one has it and the other has not.
 */
export function eitherIsPossible(
  { accounts, mandatoryRoles }: ObservedState,
  account: ObservedAccount,
  database: string,
  what: "reads" | "writes",
): boolean {
  const roles = new Set([...account.roles, ...mandatoryRoles].map(quoteAccount));
  for (const role of roles)
    for (const inner of accounts.find(one => quoteAccount(one) === role)?.roles ?? [])
      roles.add(quoteAccount(inner));
  const rows = accounts
    .filter(one => roles.has(quoteAccount(one)) || one.user === account.user || one.user === "")
    .flatMap(({ databases }) => databases)
    // With an active role, an escaped name is one pattern among others, too.
    .filter(({ name }) => /[_%]/.test(name) && matchesPattern(name, database));
  return PRIVILEGES[what].some(privilege => {
    const [giving, others] = [true, false].map(gives =>
      rows.filter(({ privileges }) => privileges.includes(privilege) === gives),
    );
    return giving!.some(({ name }) =>
      others!.some(
        other => roles.size > 0 || (wildcardAt(name) >= 0 && wildcardAt(other.name) === wildcardAt(name)),
      ),
    );
  });
}
