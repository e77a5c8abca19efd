import fc from "fast-check";
import { defined } from "../../../../core/json";
import { parseObjectKey } from "../../../../core/roster/granted-object";
import type { Roster } from "../../../../core/roster/roster";
import type { RosterRules, Strength } from "../../../../core/roster/roster-rules";
import { ruleViolations } from "../../../../core/rules";

const NOW = new Date("2026-11-20T12:00:00Z");
const RUNS = process.env["AURORA_USERS_SUITES"] === "all" ? 5_000 : 300;
const DATABASES = ["a", "b", "ab"] as const;
const LEVELS: readonly Strength[] = ["read", "change", "define", "everything"];
/** By an own table: what is the least strength of a privilege. */
const LEVEL_OF: Readonly<Record<string, number>> = {
  SELECT: 0,
  DELETE: 1,
  EXECUTE: 1,
  ALTER: 2,
  "ALTER ROUTINE": 3,
};
const PRIVILEGES = Object.keys(LEVEL_OF);
const KEYS = [
  "`a`.`t`",
  "`b`.`t` (`c`)",
  "PATTERN `a%`",
  "PATTERN `_`",
  "PROCESS ON *.*",
  "ROLE `any`",
  "ROLE `AWS_S3_ACCESS`",
];

const terms = fc.record(
  {
    role: fc.constant("own"),
    privileges: fc.uniqueArray(fc.constantFrom(...PRIVILEGES), { minLength: 1, maxLength: 2 }),
    expires: fc.constantFrom("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z", "2027-12-01T00:00:00Z"),
    reason: fc.constantFrom("INC-1", "because"),
  },
  { requiredKeys: ["role", "privileges"] },
);
/** The account's own grant, or one of a team, and those of further teams on the same place. */
const grants = fc
  .tuple(terms, fc.constantFrom(undefined, undefined, "pay"), fc.array(terms, { maxLength: 2 }))
  .map(([first, team, also]) => ({
    ...first,
    ...defined({ team }),
    ...(also.length > 0 && { also: also.map((one, at) => ({ ...one, team: `team${at}` })) }),
  }));
const some = <K extends string>(keys: readonly K[]) =>
  fc
    .uniqueArray(fc.constantFrom(...keys), { maxLength: 2 })
    .chain(chosen => fc.record(Object.fromEntries(chosen.map(key => [key, grants]))));
const account = fc.record({
  user: fc.constantFrom("ann", "bob", "ext-cy", "bot"),
  databases: some(DATABASES),
  objects: some(KEYS),
});
const right = fc.record(
  {
    role: fc.constant("r"),
    strength: fc.constantFrom(...LEVELS),
    databases: fc.uniqueArray(fc.constantFrom(...DATABASES), { maxLength: 2 }),
  },
  { requiredKeys: ["role", "strength"] },
);
const rules = fc.record(
  {
    together: fc.record({ neverTogether: fc.array(right, { minLength: 2, maxLength: 3 }) }),
    ends: right.map(one => ({ endWithin: { ...one, days: 30 } })),
    reasons: right.map(one => ({ reasonMatches: { ...one, pattern: "^INC" } })),
    few: fc
      .record({
        one: right,
        most: fc.nat(2),
        per: fc.constantFrom("cluster" as const, "everywhere" as const),
      })
      .map(({ one, ...rest }) => ({ mostHolders: { ...one, ...rest } })),
    contractors: fc.constant({ readOnly: { users: ["ext-*"] } }),
  },
  { requiredKeys: [] },
);

const rosterFrom = (accounts: readonly { user: string }[]): Roster =>
  ({
    roles: {},
    accounts: Object.fromEntries(
      accounts.map((one, at) => [
        `sl_${at}`,
        { kind: "person", ...one, ...defined({ owner: one.user === "bot" ? "ann" : undefined }) },
      ]),
    ),
  }) as unknown as Roster;

interface Fact {
  readonly cluster: string;
  readonly person: string;
  readonly user: string;
  readonly level: number;
  readonly beyond: boolean;
  readonly expires: string | undefined;
  readonly reason: string | undefined;
  readonly reaches: (database: string) => boolean;
}

/** Every grant that counts, written down as plainly as possible. */
function facts(cluster: string, roster: Roster): Fact[] {
  return Object.values(roster.accounts).flatMap(({ databases, objects = {}, owner, user }) =>
    [...Object.entries(databases), ...Object.entries(objects)].flatMap(([key, all]) =>
      [all, ...(all.also ?? [])].flatMap(grant => {
        if (grant.expires && new Date(grant.expires) <= NOW) return [];
        const object = parseObjectKey(key);
        const isServer = object?.kind === "ROLE" || object?.kind === "PRIVILEGE";
        const levels = (grant.privileges ?? []).map(privilege => LEVEL_OF[privilege]!);
        const unknown = key === "ROLE `any`" || key === "ROLE `AWS_S3_ACCESS`" ? 3 : -1;
        const name = object?.kind === "PATTERN" ? object.name : isServer ? "none" : (object?.database ?? key);
        const like = new RegExp(`^${name.replace("%", ".*").replace("_", ".")}$`);
        return [
          {
            cluster,
            person: owner ?? user,
            user,
            level: isServer ? unknown : Math.max(...levels),
            beyond: isServer || levels.some(level => level > 0),
            expires: grant.expires,
            reason: grant.reason,
            reaches: (database: string) =>
              isServer || (object?.kind === "PATTERN" ? like.test(database) : name === database),
          },
        ];
      }),
    ),
  );
}

/** Which rules are broken, and by which people, found without the product's code. */
function expected(
  all: readonly { readonly cluster: string; readonly roster: Roster }[],
  given: RosterRules,
): string[] {
  const known = all.flatMap(({ cluster, roster }) => facts(cluster, roster));
  const found = new Set<string>();
  const holds = (fact: Fact, one: { strength: Strength; databases?: readonly string[] | undefined }) =>
    fact.level >= LEVELS.indexOf(one.strength) &&
    (one.databases === undefined || one.databases.some(database => fact.reaches(database)));
  for (const [name, rule] of Object.entries(given)) {
    if ("neverTogether" in rule)
      for (const { person } of known) {
        const held = rule.neverTogether.filter(one =>
          known.some(fact => fact.person === person && holds(fact, one)),
        );
        if (held.length > 1) found.add(`${name} ${person}`);
      }
    if ("endWithin" in rule)
      for (const fact of known)
        if (holds(fact, rule.endWithin) && !(fact.expires && fact.expires <= "2026-12-21T00:00:00Z"))
          found.add(`${name} ${fact.person}`);
    if ("reasonMatches" in rule)
      for (const fact of known)
        if (holds(fact, rule.reasonMatches) && !fact.reason?.startsWith("INC"))
          found.add(`${name} ${fact.person}`);
    if ("readOnly" in rule)
      for (const fact of known)
        if (fact.user.startsWith("ext-") && fact.beyond) found.add(`${name} ${fact.person}`);
    if ("mostHolders" in rule) {
      const { most, per } = rule.mostHolders;
      const groups = per === "cluster" ? all.map(one => [one.cluster]) : [all.map(one => one.cluster)];
      for (const group of groups) {
        const here = known.filter(fact => group.includes(fact.cluster) && holds(fact, rule.mostHolders));
        if (new Set(here.map(({ person }) => person)).size > most)
          for (const { person } of here) found.add(`${name} ${person}`);
      }
    }
  }
  return [...found].sort();
}

it("finds for random rosters exactly the rules and people that a plain reading finds", () => {
  let broken = 0;
  fc.assert(
    fc.property(
      fc.array(account, { maxLength: 4 }),
      fc.array(account, { maxLength: 3 }),
      rules,
      (one, other, drawn) => {
        const given = JSON.parse(JSON.stringify(drawn)) as RosterRules;
        const all = [
          { cluster: "one", roster: { ...rosterFrom(one), rules: given } },
          { cluster: "two", roster: { ...rosterFrom(other), rules: given } },
        ];
        const found = ruleViolations(all, NOW).flatMap(({ at, rule }) =>
          at.map(({ person }) => `${rule} ${person}`),
        );
        broken += found.length > 0 ? 1 : 0;
        expect([...new Set(found)].sort()).toEqual(expected(all, given));
      },
    ),
    { numRuns: RUNS },
  );
  expect(broken).toBeGreaterThan(RUNS / 10);
});

it("finds nothing more where access is only taken away: no rule holds that up", () => {
  fc.assert(
    fc.property(fc.array(account, { minLength: 1, maxLength: 4 }), rules, fc.nat(), (drawn, given, at) => {
      const broken = (accounts: typeof drawn) => {
        const roster = { ...rosterFrom(accounts), rules: JSON.parse(JSON.stringify(given)) };
        return ruleViolations([{ cluster: "one", roster }], NOW).flatMap(violation =>
          violation.at.map(({ person }) => `${violation.rule} ${person}`),
        );
      };
      const taken = drawn.map((one, index) =>
        index === at % drawn.length ? { ...one, databases: {}, objects: {} } : one,
      );
      const before = broken(drawn);
      expect(broken(taken).filter(text => !before.includes(text))).toEqual([]);
    }),
    { numRuns: RUNS },
  );
});

it("counts by database what 300 patterns reach, as each name alone does", () => {
  const names = Array.from({ length: 50 }, (_, at) => `d_${at % 10}${"x".repeat(at % 7)}`);
  const keys = Array.from(
    { length: 300 },
    (_, at) => ["%", `d\\_${at % 10}%`, `d_${at % 9}x`, "%x%x"][at % 4]!,
  );
  const accounts = Object.fromEntries(
    keys.map((key, at) => [
      `sl_${at}`,
      { kind: "person", user: `u${at}`, databases: {}, objects: { [`PATTERN \`${key}\``]: { role: "w" } } },
    ]),
  );
  const few = { role: "w", strength: "change", most: 0, per: "database", databases: [...new Set(names)] };
  const roster = {
    roles: { w: ["INSERT"] },
    accounts,
    rules: { few: { mostHolders: few } },
  } as unknown as Roster;
  const found = ruleViolations([{ cluster: "orders", roster }], NOW);
  const like = (key: string) =>
    new RegExp(`^${key.replace("\\_", "\0").replaceAll("_", ".").replaceAll("%", ".*").replace("\0", "_")}$`);
  for (const name of new Set(names)) {
    const people = keys.flatMap((key, at) => (like(key).test(name) ? [`u${at}`] : []));
    const breach = found.find(({ fault }) => fault.startsWith(`on "${name}" of "orders"`));
    expect(breach?.at.map(({ person }) => person)).toEqual(people);
  }
});
