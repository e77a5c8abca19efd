import fc from "fast-check";
import { accessRows } from "../../../../core/roster/access-rows";
import type { Roster, RosterAccount } from "../../../../core/roster/roster";
import { summarizeUsers } from "../../../../core/summary/summarize-users";
import { NOW } from "../../../support/summary-plans";

const RUNS = process.env["AURORA_USERS_SUITES"] === "all" ? 5_000 : 200;

const grant = fc.record(
  {
    role: fc.constantFrom("read", "write", "run"),
    expires: fc.constantFrom("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z", NOW.toISOString()),
    reason: fc.constantFrom("a", "b"),
    project: fc.constantFrom("shop/dev", "shop/prod"),
  },
  { requiredKeys: ["role"] },
);
const account: fc.Arbitrary<Omit<RosterAccount, "user">> = fc.record(
  {
    kind: fc.constantFrom("person" as const, "service" as const),
    databases: fc.dictionary(fc.constantFrom("a", "b", "c"), grant, { maxKeys: 3 }),
    objects: fc.dictionary(fc.constantFrom("`a`.`t`", "PROCESS ON *.*", "PATTERN `x_%`"), grant, {
      maxKeys: 2,
    }),
  },
  { requiredKeys: ["kind", "databases"] },
);
const roster: fc.Arbitrary<Roster> = fc
  .dictionary(fc.constantFrom("sl_ann", "sl_bob", "sl_cat"), account, { maxKeys: 3 })
  .map(accounts => ({
    roles: { read: ["SELECT"], write: ["SELECT", "INSERT"], run: ["EXECUTE"] },
    accounts: Object.fromEntries(
      Object.entries(accounts).map(([name, details]) => [name, { ...details, user: name.slice(3) }]),
    ),
  }));
const rosters = fc.dictionary(fc.constantFrom("orders", "billing"), roster, { maxKeys: 2 });

type Rosters = Readonly<Record<string, Roster>>;

/** What `who --json` prints. */
const whoJson = (of: Rosters): string =>
  JSON.stringify(Object.entries(of).flatMap(([cluster, one]) => accessRows(cluster, one)));

/** The difference of two lists of `who --json`, by another way: as text, row by row. */
function differences(before: string, after: string): string[] {
  const read = (text: string) =>
    new Map(
      (JSON.parse(text) as Record<string, string | undefined>[])
        .filter(({ expires }) => expires === undefined || Date.parse(expires) > NOW.getTime())
        .map(row => {
          const { account: name, cluster, database, expires, object, project, reason, role } = row;
          const place = object === undefined ? database : database === "*" ? object : `${database}.${object}`;
          return [`${cluster} ${name} ${place}`, JSON.stringify([role, expires, reason, project])] as const;
        }),
    );
  const [old, young] = [read(before), read(after)];
  const role = (text: string | undefined) =>
    text === undefined ? undefined : (JSON.parse(text)[0] as string);
  return [...new Set([...old.keys(), ...young.keys()])]
    .filter(key => old.get(key) !== young.get(key))
    .map(key => `${key}: ${role(old.get(key))} -> ${role(young.get(key))}`)
    .sort();
}

describe("the table of a summary", () => {
  it(`is the difference of two lists of \`who --json\` (${RUNS} pairs)`, () => {
    fc.assert(
      fc.property(rosters, rosters, (before, after) => {
        const table = summarizeUsers(before, after, NOW)
          .changes.filter(({ place }) => place !== undefined)
          .map(
            ({ account: name, cluster, from, place, to }) => `${cluster} ${name} ${place}: ${from} -> ${to}`,
          )
          .sort();
        expect(table).toEqual(differences(whoJson(before), whoJson(after)));
      }),
      { numRuns: RUNS },
    );
  });

  it("is in the same order for each order of accounts", () => {
    fc.assert(
      fc.property(rosters, rosters, (before, after) => {
        const turned = (of: Rosters): Rosters =>
          Object.fromEntries(
            Object.entries(of)
              .reverse()
              .map(([name, one]) => [
                name,
                { ...one, accounts: Object.fromEntries(Object.entries(one.accounts).reverse()) },
              ]),
          );
        expect(summarizeUsers(turned(before), turned(after), NOW)).toEqual(
          summarizeUsers(before, after, NOW),
        );
      }),
      { numRuns: 50 },
    );
  });
});
