import { type Ceiling, ceilingViolations } from "../ceiling";
import type { ParameterSource } from "../registry-entry";
import type { Roster } from "../roster";

/**
 * What of a source's last good document still may be: a ceiling that was lowered, or a database that the source lost, holds for
 * what was accepted before, too. Accounts that are left with nothing are left out.
 */
export function withinBounds(
  roster: Roster,
  source: Pick<ParameterSource, "databases">,
  { ceiling, prefix }: { readonly ceiling: Ceiling; readonly prefix: string },
): Roster {
  const forbidden = new Set(
    ceilingViolations(roster, ceiling, prefix).map(at => JSON.stringify([at.account, at.database ?? null])),
  );
  const allowed = (account: string, database: string) =>
    source.databases.includes(database) &&
    !forbidden.has(JSON.stringify([account, null])) &&
    !forbidden.has(JSON.stringify([account, database]));
  const accounts = Object.entries(roster.accounts).flatMap(([name, account]) => {
    const databases = Object.entries(account.databases).filter(([database]) => allowed(name, database));
    return databases.length === 0 ? [] : [[name, { ...account, databases: Object.fromEntries(databases) }] as const];
  });
  return { ...roster, accounts: Object.fromEntries(accounts) };
}
