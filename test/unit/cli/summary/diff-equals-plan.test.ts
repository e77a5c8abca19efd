import fc from "fast-check";
import type { Roster, RosterAccount } from "../../../../core/roster/roster";
import { readPlan } from "../../../../core/summary/read-plan";
import { summarizePlan } from "../../../../core/summary/summarize-plan";
import { summarizeUsers } from "../../../../core/summary/summarize-users";
import { NOW, observedAsDeclared, planJson, plannedSql } from "../../../support/summary-plans";

const RUNS = process.env["AURORA_USERS_SUITES"] === "all" ? 5_000 : 200;

const grant = fc.record(
  {
    role: fc.constantFrom("read", "write", "admin"),
    expires: fc.constantFrom("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z", "2027-12-01T00:00:00Z"),
    reason: fc.constantFrom("a", "b"),
  },
  { requiredKeys: ["role"] },
);
const account: fc.Arbitrary<Omit<RosterAccount, "user">> = fc.record(
  {
    kind: fc.constantFrom("person" as const, "service" as const),
    suspended: fc.constant(true as const),
    databases: fc.dictionary(fc.constantFrom("a", "b", "c"), grant, { minKeys: 1, maxKeys: 3 }),
  },
  { requiredKeys: ["kind", "databases"] },
);
const roster: fc.Arbitrary<Roster> = fc
  .dictionary(fc.constantFrom("sl_ann", "sl_bob", "sl_cat", "sl_dan"), account, { maxKeys: 4 })
  .map(accounts => ({
    roles: { read: ["SELECT"], write: ["SELECT", "INSERT"], admin: ["SELECT", "ALTER"] },
    accounts: Object.fromEntries(
      Object.entries(accounts).map(([name, details]) => [name, { ...details, user: name.slice(3) }]),
    ),
  }));

describe("the summary of a plan, where the database is as declared", () => {
  it(`has the rows of \`diff\` for the same change, and no drift (${RUNS} pairs)`, () => {
    fc.assert(
      fc.property(roster, roster, (before, after) => {
        const database = observedAsDeclared(before);
        expect(plannedSql(before, database, before)).toEqual([]);
        const statements = plannedSql(after, database, before);
        const plan = planJson([{ cluster: "orders", before, after, statements }]);
        const found = summarizePlan(readPlan(plan, "plan.json", NOW));
        const diff = summarizeUsers({ orders: before }, { orders: after }, NOW);
        expect(found.changes).toEqual(diff.changes);
        expect([found.headline, found.counts, found.sessions]).toEqual([
          diff.headline,
          diff.counts,
          diff.sessions,
        ]);
        expect(found.clusters[0]).toMatchObject({ driftStatements: 0, ended: [], warnings: [] });
      }),
      { numRuns: RUNS },
    );
  });
});
