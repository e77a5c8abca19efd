import type { RosterRule } from "../roster/roster-rules";
import type { Breach, RulePart } from "./breach";
import { type Holding, Places } from "./holdings";

/**
 * Whether the rule does not hold for the grant's user, or for the person whose grants the user's are. Who
 * writes a parameter cannot say that another account is an excepted user's.
 */
export const isExcepted = ({ except = {} }: RosterRule, { details, isClaimed, person }: Holding): boolean =>
  !isClaimed && (Object.hasOwn(except, person) || Object.hasOwn(except, details.user));

/**
 * Environments of projects of which the owner, and nobody else, holds anything. Services do not count: they
 * notice nothing.
 */
export const soleOwnerBreaches = (parts: readonly RulePart<"noSoleOwner">[]): Breach[] =>
  parts.flatMap(({ cluster, ended, holdings, rule }) =>
    Object.entries(rule.noSoleOwner).flatMap(([environment, { databases, owner }]) => {
      const places = new Places(databases, []);
      const isMeant = (holding: Holding) =>
        holding.details.kind !== "service" && places.isReached(holding) && holding.strength !== undefined;
      const held = holdings.filter(isMeant);
      const people = new Set(held.map(({ person }) => person));
      const isOwner = ({ details }: Holding) => details.email?.toLowerCase() === owner.toLowerCase();
      if (people.size !== 1 || !held.some(isOwner) || held.some(one => isExcepted(rule, one))) return [];
      const hadOthers = ended.some(one => isMeant(one) && !people.has(one.person));
      return [
        {
          fault:
            `${held[0]!.person} owns ${environment} on "${cluster}" ` +
            "and is the only person with access to it",
          hint:
            "give somebody else access, or the project another owner; " +
            "to take access away at once, suspend the user",
          at: held,
          shown: held.slice(0, 1),
          alone: hadOthers ? ("ended" as const) : ("never" as const),
        },
      ];
    }),
  );
