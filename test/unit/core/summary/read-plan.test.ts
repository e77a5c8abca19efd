import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Roster } from "../../../../core/roster/roster";
import { readPlan } from "../../../../core/summary/read-plan";
import { summarizePlan } from "../../../../core/summary/summarize-plan";
import { observedAccount, observedState, rosterOf, withOptions } from "../../../support/observed";
import {
  NOW,
  observedAsDeclared,
  type PlannedCluster,
  planJson,
  plannedSql,
} from "../../../support/summary-plans";

type Hook = { address: string; name: string; deposed?: string; change: Record<string, unknown> };
type Plan = Record<string, unknown> & { resource_changes: Hook[] };

const READ = rosterOf({ sl_jane: { orders: "read" }, sl_bob: { orders: "read" } });
const WRITE = rosterOf({ sl_jane: { orders: "write" }, sl_bob: { orders: "read" } });
const CHANGE: PlannedCluster = {
  cluster: "orders",
  before: READ,
  after: WRITE,
  statements: plannedSql(WRITE, observedAsDeclared(READ), READ),
};
const GONE: PlannedCluster = { cluster: "orders", before: READ };

const summaryOf = (plan: unknown) => summarizePlan(readPlan(JSON.stringify(plan), "plan.json", NOW));
const planOf = (...clusters: readonly PlannedCluster[]) => JSON.parse(planJson(clusters)) as Plan;
/** The plan with its first hook in another form. */
const edited = (plan: Plan, edit: (hook: Hook) => object): Plan => {
  const [hook, ...others] = plan.resource_changes;
  return { ...plan, resource_changes: [{ ...hook!, ...edit(hook!) }, ...others] };
};
const rows = (plan: unknown) =>
  summaryOf(plan).changes.map(({ account, from, kind, to }) => `${kind} ${account} ${from} ${to}`);

describe("a plan in which a hook", () => {
  const expected = ["gain sl_jane read write"];

  it.each<[string, object]>([
    ["is changed", planOf(CHANGE)],
    [
      "is moved and changed",
      edited(planOf(CHANGE), ({ address }) => ({ previous_address: `module.old.${address}` })),
    ],
    [
      "is in a module",
      edited(planOf(CHANGE), ({ address }) => ({
        address: `module.a["x"].${address}`,
        module_address: "module.a",
      })),
    ],
    ...(["delete,create", "create,delete"] as const).map((actions): [string, object] => [
      `is replaced (${actions})`,
      edited(planOf(CHANGE), ({ change }) => ({
        change: { ...change, actions: actions.split(",") },
        action_reason: "replace_by_request",
      })),
    ]),
    [
      "has marks of what is sensitive",
      edited(planOf(CHANGE), ({ change }) => ({
        change: { ...change, before_sensitive: { input: true }, after_sensitive: { input: true } },
      })),
    ],
    [
      "drifted",
      {
        ...planOf(CHANGE),
        resource_drift: planOf({ ...CHANGE, before: WRITE, after: READ }).resource_changes,
      },
    ],
    [
      "is OpenTofu's, which says less",
      { ...planOf(CHANGE), terraform_version: "1.9.0", relevant_attributes: [], complete: undefined },
    ],
  ])("%s says what the change is", (_, plan) => {
    expect(rows(plan)).toEqual(expected);
    expect(summaryOf(plan)).toMatchObject({ sessions: [], clusters: [{ driftStatements: 0, warnings: [] }] });
  });

  it.each<[string, Partial<Hook>]>([
    ["left a deposed one behind", { deposed: "0a1b2c3d" }],
    [
      "gets another address without `moved`",
      { address: "aws_lambda_invocation.old-access", name: "old-access" },
    ],
  ])("%s: nobody gains what they had, and nobody loses it", (_, other) => {
    const [hook] = planOf(CHANGE).resource_changes;
    const made = { ...hook!, change: { ...hook!.change, actions: ["create"], before: null } };
    const old = { ...hook!, ...other, change: { ...hook!.change, actions: ["delete"], after: null } };
    for (const changes of [
      [old, made],
      [made, old],
    ])
      expect(rows({ ...planOf(CHANGE), resource_changes: changes })).toEqual(expected);
  });

  it("is replaced and nothing is to do: nobody gains or loses", () => {
    const same = planOf({ cluster: "orders", before: READ, after: READ });
    const plan = edited(same, ({ change }) => ({ change: { ...change, actions: ["create", "delete"] } }));
    expect(summaryOf(plan).headline).toBe("nobody gains or loses access");
  });

  it("is destroyed with `remove` shows every loss, and whose sessions end", () => {
    const found = summaryOf(planOf({ ...GONE, removalPolicy: "remove" }));
    expect(found.headline).toBe("2 people lose; 1 cluster without a hook from then on");
    expect(found.sessions).toEqual(["sl_bob on orders", "sl_jane on orders"]);
    expect(found.clusters[0]!.warnings[0]).toMatch(/all managed accounts are dropped/);
  });

  it.each<[string, RegExp]>([
    ["protect", /the apply fails while managed accounts remain/],
    ["retain", /all accounts stay as they are/],
  ])("is destroyed with `%s` claims no loss, and says what that means", (removalPolicy, warning) => {
    const found = summaryOf(planOf({ ...GONE, removalPolicy }));
    expect(found.headline).toBe("nobody gains or loses access; 1 cluster without a hook from then on");
    expect(found.clusters[0]!.warnings[0]).toMatch(warning);
  });

  it("is forgotten claims no loss: Terraform calls nothing", () => {
    const plan = edited(planOf({ ...GONE, removalPolicy: "remove" }), ({ change }) => ({
      change: { ...change, actions: ["forget"] },
    }));
    const found = summaryOf(plan);
    expect(found.headline).toBe("nobody gains or loses access; 1 cluster without a hook from then on");
    expect(found.clusters[0]!.warnings[0]).toMatch(/forgets the hook .*all accounts stay as they are/);
  });

  it("is one of two has rows of both clusters, each by its own plan", () => {
    const other = { cluster: "billing", before: WRITE, after: READ };
    const statements = plannedSql(READ, observedAsDeclared(WRITE), WRITE);
    const found = summaryOf(planOf(CHANGE, { ...other, statements }));
    expect(found.changes.map(({ cluster, kind }) => [cluster, kind])).toEqual([
      ["billing", "loss"],
      ["orders", "gain"],
    ]);
    expect(found.sessions).toEqual(["sl_jane on billing"]);
  });

  it("is one of two of the same cluster is refused: one would hide what the other gives", () => {
    const plan = planOf(CHANGE, CHANGE);
    expect(() => summaryOf(plan)).toThrow(/two hooks of the cluster orders/);
  });

  it.each<[string, object]>([
    ["only records are in it (`-target`)", { resource_changes: [], complete: false }],
    [
      "nothing but drift is in it (`-refresh-only`)",
      { resource_drift: planOf(CHANGE).resource_changes, resource_changes: undefined },
    ],
  ])("is missing is refused: %s", (_, more) => {
    expect(() => summaryOf({ ...planOf(CHANGE), ...more })).toThrow(
      /is a plan without clusters: .* made without `-target` and `-refresh-only`/,
    );
  });
});

describe("statements about accounts", () => {
  const found = (before: Roster, after: Roster, statements: readonly string[]) =>
    summaryOf(planOf({ cluster: "orders", before, after, statements }));

  it("of an account that is renamed are intended, and it keeps its access", () => {
    const before = rosterOf({ sl_jane: { orders: "read" } });
    const after = withOptions(rosterOf({ sl_jd: { orders: "read" } }), "sl_jd", { formerly: "sl_jane" });
    const statements = plannedSql(after, observedAsDeclared(before), before);
    expect(statements.join()).toContain("RENAME USER");
    expect(found(before, after, statements)).toMatchObject({
      headline: "1 person gains, 1 loses; highest: `read` on orders (was `named sl_jane`)",
      changes: [{ kind: "both", account: "sl_jd", from: "named sl_jane", to: "named sl_jd" }],
      clusters: [{ driftStatements: 0 }],
    });
  });

  it("of an account that existed before it is declared: what it had beyond its roster is drift", () => {
    const before = rosterOf({});
    const after = rosterOf({ sl_app: { orders: "read" } });
    const databases = [{ name: "orders", privileges: ["SELECT", "DROP"], grantOption: false }];
    const statements = plannedSql(after, observedState([observedAccount("sl_app", { databases })]));
    expect(statements.join()).toContain("REVOKE DROP");
    expect(found(before, after, statements).changes.map(({ from, kind, to }) => [kind, from, to])).toEqual([
      ["gain", undefined, "read"],
      ["drift", "DROP", "taken away"],
    ]);
  });

  it("of a source in Parameter Store are of no file", () => {
    const statements = plannedSql(rosterOf({ sl_svc: { orders: "read" } }), observedState([]));
    const { changes, headline } = found(READ, READ, statements);
    expect(headline).toBe("nobody gains or loses access, 1 account is drift");
    expect(changes.map(({ kind, to, userKind }) => [kind, to, userKind])).toEqual([
      ["drift", "created", undefined],
      ["drift", "SELECT", undefined],
    ]);
  });

  it("of an offboarded person: that they stay locked is on top", () => {
    const offboarded = "stay locked, as their persons were offboarded: sl_jane";
    const plan = planOf({ ...CHANGE, preview: { offboarded } });
    expect(summaryOf(plan).clusters[0]!.warnings).toEqual([offboarded]);
  });

  it("of accounts that nobody declared and that keep their access: they are named on top", () => {
    const plan = planOf({ ...CHANGE, preview: { unmanaged: ["sl_mallory"] } });
    expect(summaryOf(plan).clusters[0]!.warnings).toEqual([
      "not declared, and keep their access: sl_mallory",
    ]);
  });

  it("are all explained, however many they are (3,000)", () => {
    const accounts = (role: string) =>
      rosterOf(
        Object.fromEntries(Array.from({ length: 3_000 }, (_, n) => [`sl_p${n}`, { [`db${n}`]: role }])),
      );
    const [before, after] = [accounts("read"), accounts("write")];
    const statements = plannedSql(after, observedAsDeclared(before), before);
    expect(statements).toHaveLength(3_000);
    const { changes, clusters } = found(before, after, statements);
    expect(changes).toHaveLength(3_000);
    expect(new Set(changes.map(({ kind }) => kind))).toEqual(new Set(["gain"]));
    expect(clusters[0]).toMatchObject({ driftStatements: 0, warnings: [] });
  });
});

describe("a real plan", () => {
  const real = (name: string) =>
    JSON.parse(readFileSync(join(__dirname, `../../../fixtures/plans/${name}.json`), "utf8")) as Plan;

  it("is of the same clusters if it is made with `-replace`", () => {
    const plan = real("removal");
    const index = plan.resource_changes.findIndex(({ name }) => name === "empty1-access");
    const hook = plan.resource_changes[index]!;
    const replaced = { ...hook, change: { ...hook.change, actions: ["create", "delete"] } };
    const changes = plan.resource_changes.with(index, replaced);
    expect(rows({ ...plan, resource_changes: changes })).toEqual(rows(plan));
    expect(rows(plan)).toEqual(["loss empty1_bob write undefined"]);
  });
});
