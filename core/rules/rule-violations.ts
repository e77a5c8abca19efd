import { groupBy } from "../group-by";
import { byCodeUnit, canonicalJson, type Json } from "../json";
import { isInner } from "../roster/granted-object";
import type { RosterRule } from "../roster/roster-rules";
import type { Breach, RuleOnCluster, RulePart } from "./breach";
import { domainBreaches, endBreaches, readOnlyBreaches, reasonBreaches } from "./grant-rules";
import { type ClusterRoster, type Holding, holdingsOf, RightOnCluster } from "./holdings";
import { isExcepted, soleOwnerBreaches } from "./sole-owner";

/** A rule that grants break. */
export interface RuleViolation extends Breach {
  readonly rule: string;
  readonly why?: string | undefined;
}

/**
 * Every rule that the rosters break, each by its own rules. Rules of one name and content are
 * one rule, also over several clusters. In the order of rule and cluster; takes time in proportion to grants
 * times rules.
 * @param now grants that have ended by then do not count; all ends are counted from it
 */
export function ruleViolations(rosters: readonly ClusterRoster[], now: Date): RuleViolation[] {
  const parts = rosters
    .filter(({ roster }) => roster.rules !== undefined)
    .flatMap(one => {
      const { cluster, roster } = one;
      const { ended, holdings } = holdingsOf(one, now);
      const known = databasesIn(holdings);
      return Object.entries(roster.rules ?? {}).map(([name, rule]) => ({
        name,
        part: {
          rule,
          cluster,
          roles: roster.roles,
          holdings: rule.except ? holdings.filter(isCounted(rule)) : holdings,
          ended,
          known,
        },
      }));
    });
  const rules = groupBy(parts, ({ name, part }) => canonicalJson([name, withoutPlaces(part.rule)]));
  return [...rules.values()]
    .sort((a, b) => byCodeUnit(a[0]!.name, b[0]!.name))
    .flatMap(all => {
      const [{ name, part }] = all as [(typeof all)[number]];
      const found = breaches(
        all.map(one => one.part),
        now,
      );
      return found.map(breach => ({ ...breach, rule: name, why: part.rule.why }));
    });
}

const databasesIn = (holdings: readonly Holding[]): string[] => [
  ...new Set(holdings.filter(({ object }) => !object || isInner(object)).map(({ database }) => database)),
];

/** Who else has access is no matter of exceptions, so that one for somebody makes nobody a sole owner. */
const isCounted =
  (rule: RosterRule) =>
  (holding: Holding): boolean =>
    "noSoleOwner" in rule || !isExcepted(rule, holding);

/** The rule as all clusters have it. */
const withoutPlaces = (rule: RosterRule): Json =>
  "noSoleOwner" in rule
    ? { noSoleOwner: true }
    : (JSON.parse(JSON.stringify(rule, (key, value) => (key === "databases" ? undefined : value))) as Json);

function breaches(parts: readonly RuleOnCluster[], now: Date): readonly Breach[] {
  const of = <K extends string>(key: K): readonly RulePart<K>[] =>
    parts.filter((part): part is RulePart<K> => key in part.rule);
  return [
    ...togetherBreaches(of("neverTogether")),
    ...holderBreaches(of("mostHolders")),
    ...endBreaches(of("endWithin"), now),
    ...reasonBreaches(of("reasonMatches")),
    ...domainBreaches(of("emailDomains")),
    ...readOnlyBreaches(of("readOnly")),
    ...soleOwnerBreaches(of("noSoleOwner")),
  ];
}

/** By person, what they hold of each of the rights. */
function togetherBreaches(parts: readonly RulePart<"neverTogether">[]): Breach[] {
  const people = new Map<string, Map<number, Holding[]>>();
  for (const { holdings, known, rule } of parts) {
    const rights = rule.neverTogether.map(right => new RightOnCluster(right, known));
    for (const holding of holdings)
      for (const [index, right] of rights.entries()) {
        if (!right.isHeldBy(holding)) continue;
        const held = people.get(holding.person) ?? new Map<number, Holding[]>();
        const ofRight = held.get(index) ?? [];
        ofRight.push(holding);
        people.set(holding.person, held.set(index, ofRight));
      }
  }
  return [...people]
    .filter(([, held]) => held.size > 1)
    .map(([person, held]) => {
      const sides = [...held].sort(([a], [b]) => a - b).map(([, holdings]) => holdings);
      return {
        fault: `${person} holds what one person never holds together`,
        hint: "take one of them away, or name the person under `except` of the rule, with the reason",
        at: [...new Set(sides.flat())],
        shown: sides.map(([first]) => first!),
      };
    });
}

/** An account that a parameter's writer says is somebody's is one more: it cannot hide in a number. */
const countedAs = ({ account, isClaimed, person }: Holding): string =>
  JSON.stringify(isClaimed ? [person, account] : [person]);

/** The grants at one place, and of each person the first. */
interface Holders {
  readonly place: string;
  readonly holdings: Holding[];
  readonly first: Map<string, Holding>;
}

/** By cluster, database or all together, who holds the role. */
function holderBreaches(parts: readonly RulePart<"mostHolders">[]): Breach[] {
  const everywhere = new Map<string, Holders>();
  const all = parts.flatMap(({ cluster, holdings, known, rule }) => {
    const right = new RightOnCluster(rule.mostHolders, known);
    const { per } = rule.mostHolders;
    const groups = per === "everywhere" ? everywhere : new Map<string, Holders>();
    for (const holding of holdings) {
      if (!right.isHeldBy(holding)) continue;
      const counted = countedAs(holding);
      for (const database of per === "database" ? right.places.reached(holding) : [""]) {
        let group = groups.get(database);
        if (!group) {
          group = { place: placeOf[per](cluster, database), holdings: [], first: new Map() };
          groups.set(database, group);
        }
        group.holdings.push(holding);
        if (!group.first.has(counted)) group.first.set(counted, holding);
      }
    }
    return per === "everywhere" ? [] : [...groups.values()];
  });
  const { most = 0, role = "" } = parts[0]?.rule.mostHolders ?? {};
  const may = most === 1 ? "1 person may" : `${most} people may`;
  return [...all, ...everywhere.values()]
    .filter(({ first }) => first.size > most)
    .map(({ first, holdings, place }) => ({
      fault: `${place} ${first.size} hold ${role} or as much, and ${may}`,
      hint: "take it away from somebody, or let the rule allow more",
      at: holdings,
      shown: [...first.values()],
    }));
}

const placeOf = {
  cluster: (cluster: string) => `on "${cluster}"`,
  database: (cluster: string, database: string) => `on "${database}" of "${cluster}"`,
  everywhere: () => "on all clusters together",
} as const;
