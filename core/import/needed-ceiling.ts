import { sortPrivileges } from "../catalogue/mysql-privileges";
import type { SERVER_PRIVILEGES } from "../catalogue/server-privileges";
import { byCodeUnit, defined } from "../json";
import type { Ceiling } from "../roster/ceiling";
import { grantsOf, privilegesOf, type Roster } from "../roster/roster";

/** The least ceiling that allows the roster: only its databases, and nothing that no grant names. */
export function neededCeiling(roster: Roster): Ceiling {
  const placed = Object.values(roster.accounts).flatMap(grantsOf);
  const namesOf = (kind: string) =>
    unique(placed.flatMap(({ object }) => (object?.kind === kind ? [object.name] : [])));
  const within = placed.filter(({ object }) => object?.kind !== "PRIVILEGE" && object?.kind !== "ROLE");
  const databases = within.filter(({ object }) => object?.kind !== "PATTERN").map(({ database }) => database);
  return {
    privileges: sortPrivileges(within.flatMap(({ grant }) => privilegesOf(roster, grant))),
    databases: unique(databases),
    ...defined({
      patterns: some(namesOf("PATTERN")),
      global: some(namesOf("PRIVILEGE")) as (typeof SERVER_PRIVILEGES)[number][] | undefined,
      nativeRoles: some(namesOf("ROLE")),
      grantOption: within.some(({ grant }) => grant.grantOption) || undefined,
    }),
  };
}

const unique = (names: readonly string[]): string[] => [...new Set(names)].sort(byCodeUnit);
const some = (names: string[]): string[] | undefined => (names.length > 0 ? names : undefined);
