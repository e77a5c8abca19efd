import { markdownText } from "../../../../cli/summary/markdown";
import type { Roster } from "../../../../core/roster/roster";
import { readPlan } from "../../../../core/summary/read-plan";
import { summarizePlan } from "../../../../core/summary/summarize-plan";
import { observedState, rosterOf, withOptions } from "../../../support/observed";
import { NOW, type PlannedCluster, planJson, plannedSql } from "../../../support/summary-plans";

/** Jane gains, Bob loses, Ann gets another end, and Eve another limit. */
const end = (expires: string) => ({ orders: { role: "read", expires } });
const ROLES: Roster["roles"] = {
  read: ["SELECT"],
  write: ["SELECT", "INSERT"],
  admin: ["SELECT", "INSERT", "ALTER"],
};
const BEFORE: Roster = rosterOf(
  {
    sl_ann: end("2026-12-01T00:00:00Z"),
    sl_bob: { orders: "write" },
    sl_eve: { orders: "read" },
    sl_jane: { orders: "read" },
  },
  ROLES,
);
const AFTER: Roster = withOptions(
  rosterOf(
    {
      sl_ann: end("2026-12-02T00:00:00Z"),
      sl_eve: { orders: "read" },
      sl_jane: { orders: "admin" },
    },
    ROLES,
  ),
  "sl_eve",
  { limits: { connections: 3 } },
);
const REVOKE = "DROP USER 'sl_bob'@'%'";

const summaryOf = (clusters: readonly PlannedCluster[], more: object = {}) =>
  summarizePlan(readPlan(planJson(clusters, { ...more }), "plan.json", NOW));
const orders = (more: Partial<PlannedCluster>): PlannedCluster => ({
  cluster: "orders",
  before: BEFORE,
  after: AFTER,
  statements: [REVOKE],
  ...more,
});
const NOBODY = { person: 0, service: 0, agent: 0, account: 0 };

describe("what does not happen with the apply", () => {
  const WOULD = "1 person would gain, 1 would lose, 2 would change, highest: `admin` on orders (was `read`)";

  it.each<[string, Partial<PlannedCluster>, object, string]>([
    ["refused", { status: "refused" }, {}, `1 cluster refused: ${WOULD}`],
    ["unverified", { status: "unverified" }, {}, `1 cluster not verified: ${WOULD}`],
    ["failed", {}, { errored: true, complete: false }, `1 cluster in a plan that failed: ${WOULD}`],
  ])("counts apart, and ends no session: %s", (state, more, plan, headline) => {
    const found = summaryOf([orders(more)], plan);
    expect(found.headline).toBe(headline);
    expect(found.counts).toEqual({ gain: NOBODY, lose: NOBODY, drift: NOBODY, change: NOBODY });
    expect(found.sessions).toEqual([]);
    expect(found.clusters[0]!.statements).toEqual([]);
    expect(found.changes.map(({ doubt, notes }) => [doubt, notes.at(-1)])).toEqual(
      Array.from({ length: 4 }, () => [state, "nothing is applied"]),
    );
    const text = markdownText(found);
    expect(text).toMatch(/^\| would LOSE \| `sl_bob` /m);
    expect(text).toMatch(/^\| would gain \| `sl_jane` /m);
    expect(text).toMatch(/^\| would change \| `sl_ann` /m);
    expect(text).not.toMatch(/^\| (LOSES|gains|changes) /m);
  });

  it("counts apart what a first apply may do, of which the plan knows only the records", () => {
    const record = (account: string) => ({
      address: `terraform_data.${account}-on-orders`,
      mode: "managed",
      type: "terraform_data",
      name: `${account}-on-orders`,
      change: {
        actions: ["create"],
        before: null,
        after: { input: { account: `sl_${account}`, ...AFTER.accounts["sl_jane"] } },
      },
    });
    const plan = JSON.parse(planJson([{ cluster: "orders", unknown: true }])) as {
      resource_changes: unknown[];
    };
    plan.resource_changes.push(record("jane"));
    const found = summarizePlan(readPlan(JSON.stringify(plan), "plan.json", NOW));
    expect(found.headline).toBe(
      "1 cluster not known yet: 1 person may gain, highest: `admin` on orders (new)",
    );
    expect(found.counts.gain).toEqual(NOBODY);
    expect(markdownText(found)).toMatch(/^\| may gain \| /m);
    expect(markdownText(found)).toContain("- Sessions: not known yet\n- SQL: not known yet\n");
  });

  it("counts apart what an apply that nobody reviews leaves for the next plan, and not what it makes", () => {
    const after = { ...AFTER, accounts: { ...AFTER.accounts, sl_zoe: BEFORE.accounts["sl_bob"]! } };
    const statements = plannedSql(rosterOf({ sl_zoe: { orders: "write" } }, ROLES), observedState([]));
    const found = summaryOf([orders({ after, status: "unseen", statements })]);
    expect(found.headline).toBe(
      "1 person gains, 1 changes; highest: `write` on orders (new); 1 cluster not reviewed before it runs: " +
        "1 person would later gain, 1 would later lose, 1 would later change, highest: `admin` on orders (was `read`)",
    );
    expect(found.changes.filter(({ doubt }) => !doubt).map(({ account }) => account)).toEqual([
      "sl_zoe",
      "sl_ann",
    ]);
    expect(markdownText(found)).toContain("- Verified: 1 cluster of 1 compared with the database\n");
    expect(markdownText(found)).toMatch(/^\| would later LOSE \| `sl_bob` .*waits for the next plan/m);
  });

  it("counts apart what the database does not let happen, and says it on top", () => {
    const note = "LEFT OUT: sl_bob. It has grants that cannot be revoked.";
    const found = summaryOf([orders({ status: "changes", statements: [], notes: [note] })]);
    expect(found.headline).toBe(
      "1 person gains, 2 change; highest: `admin` on orders (was `read`); LEFT OUT: 1 person would lose",
    );
    expect(found.clusters[0]!.warnings).toEqual([note]);
    expect(found.changes[1]).toMatchObject({ account: "sl_bob", doubt: "left out" });
    expect(found.sessions).toEqual([]);
  });

  it("says of what runs on other clusters what is known, and where it is not", () => {
    const text = markdownText(summaryOf([orders({}), { cluster: "new", unknown: true }]));
    expect(text).toContain("- Sessions end (1): `sl_bob on orders`; not known yet on `new`\n");
    expect(text).toContain(
      "- SQL: 1 statement, all intended: the files explain each effect; not known yet on `new`\n",
    );
  });

  it("takes nothing from what happens on other clusters", () => {
    const found = summaryOf([orders({}), orders({ cluster: "billing", status: "refused" })]);
    expect(found.headline).toBe(
      `1 person gains, 1 loses, 2 change; highest: \`admin\` on orders (was \`read\`); 1 cluster refused: ${WOULD}`,
    );
    expect(found.counts.lose.person).toBe(1);
    expect(found.sessions).toEqual(["sl_bob on orders"]);
  });

  it("is named apart in the first lines of a plan with many changes", () => {
    const many = (role: string) =>
      rosterOf(
        Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`sl_p${n}`, { orders: role }])),
        ROLES,
      );
    const cluster = orders({ before: many("admin"), after: many("read"), status: "refused", statements: [] });
    const first = markdownText(summaryOf([cluster]))
      .split("\n")
      .slice(0, 25)
      .join("\n");
    expect(first).toContain("- **Access lost** (0): none\n");
    expect(first).toMatch(/^- \*\*Access that would be lost\*\* \(20\): `sl_p0` /m);
    expect(first).not.toContain("that would be gained");
  });
});

describe("the first line", () => {
  it("counts a person who gains and loses in both numbers, and one on several clusters once", () => {
    const before = rosterOf({ sl_jane: { a: "read", b: "read" } }, ROLES);
    const after = rosterOf({ sl_jane: { a: "write" } }, ROLES);
    const cluster = (name: string) => ({ cluster: name, before, after, statements: [] });
    const { counts, headline } = summaryOf([cluster("one"), cluster("two")]);
    expect(headline).toMatch(/^1 person gains, 1 loses; /);
    expect([counts.gain.person, counts.lose.person]).toEqual([1, 1]);
  });
});

describe("a warning", () => {
  it("that is the same for several clusters is there once, with all of them", () => {
    const rules = { few: { readOnly: { users: ["example.com"] } } };
    const of = (cluster: string) => ({ cluster, before: { ...BEFORE, rules }, after: BEFORE });
    const text = markdownText(summaryOf([of("a"), of("b"), orders({ status: "refused", notes: ["no"] })]));
    expect(text.split("\n")[2]).toBe(
      "- ⚠️ `a`, `b`: `1 rule changes: few DROPPED`; `orders`: `REFUSED: nothing will be applied: no`",
    );
  });
});
