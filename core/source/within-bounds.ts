import type { ParameterSource } from "../contract/registry-entry";
import { type Ceiling, ceilingViolations } from "../roster/ceiling";
import type { Roster } from "../roster/roster";

interface Bounds {
  readonly ceiling: Ceiling;
  readonly prefix: string;
}

/**
 * The part of a roster that the ceiling and the prefix allow. Accounts without a remaining grant are left
 * out.
 */
export function withinCeiling(roster: Roster, { ceiling, prefix }: Bounds): Roster {
  const violations = ceilingViolations(roster, ceiling, prefix);
  if (violations.length === 0) return roster;
  const forbidden = new Set(violations.map(at => JSON.stringify([at.account, at.database ?? null])));
  return filterGrants(
    roster,
    (account, database) =>
      !forbidden.has(JSON.stringify([account, null])) && !forbidden.has(JSON.stringify([account, database])),
  );
}

/**
 * The part of a source's last good document that is still allowed. A lowered ceiling, or a database that the
 * source lost, also applies to documents that were accepted before.
 */
export const withinBounds = (
  roster: Roster,
  source: Pick<ParameterSource, "databases">,
  bounds: Bounds,
): Roster =>
  filterGrants(withinCeiling(roster, bounds), (_, database) => source.databases.includes(database));

function filterGrants(roster: Roster, allowed: (account: string, database: string) => boolean): Roster {
  const accounts = Object.entries(roster.accounts).flatMap(([name, account]) => {
    const databases = Object.entries(account.databases).filter(([database]) => allowed(name, database));
    return databases.length === 0
      ? []
      : [[name, { ...account, databases: Object.fromEntries(databases) }] as const];
  });
  return { ...roster, accounts: Object.fromEntries(accounts) };
}
