import { lowerName } from "../../catalogue/lower-case";
import { canBeOne, databaseNames, type NamedDatabase } from "../check-users";
import type { Field } from "../field";
import type { LocatedGrant } from "../resolve-grant";

/**
 * Reports a database that a member's grant names, and a grant of their team in another spelling, or by a
 * pattern that is not the same: MySQL applies one of the two, and they do not add up.
 * @param member where the team names the member
 */
export function checkBetween(
  own: readonly LocatedGrant[],
  ofTeam: readonly LocatedGrant[],
  member: Field,
): void {
  const before = own.flatMap(databaseNames);
  for (const one of ofTeam.flatMap(databaseNames)) {
    const other = before.find(name => name.cluster === one.cluster && isClash(name, one));
    if (!other) continue;
    const [place, otherPlace] = [one, other].map(({ located }) => located.field.place());
    member.error(
      `"${one.name}" on "${one.cluster}", ${place}, and "${other.name}", ${otherPlace}, can be one database ` +
        "and do not add up",
      {
        hint:
          one.isPattern || other.isPattern
            ? "MySQL applies one of them: change the pattern, or leave one of the two out"
            : "write the name in the same way in both",
      },
    );
    return;
  }
}

const isClash = (a: NamedDatabase, b: NamedDatabase): boolean =>
  a.isPattern || b.isPattern ? canBeOne(a, b) : a.name !== b.name && lowerName(a.name) === lowerName(b.name);
