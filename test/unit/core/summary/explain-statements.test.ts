import { explainStatements } from "../../../../core/summary/explain-statements";
import { readPlan } from "../../../../core/summary/read-plan";
import { summarizePlan } from "../../../../core/summary/summarize-plan";
import { observedAccount, observedState, rosterOf, withOptions } from "../../../support/observed";
import { NOW, observedAsDeclared, planJson, plannedSql } from "../../../support/summary-plans";

const READ = rosterOf({ sl_jane: { orders: "read" }, sl_bob: { orders: "read" } });
const WRITE = rosterOf({ sl_jane: { orders: "write" }, sl_bob: { orders: "read" } });
const summary = (before: typeof READ | undefined, after: typeof READ, statements: readonly string[]) =>
  summarizePlan(readPlan(planJson([{ cluster: "orders", before, after, statements }]), "plan.json", NOW));
const kinds = (...args: Parameters<typeof summary>) =>
  summary(...args).changes.map(({ account, from, kind, place, to }) => [kind, account, place, from, to]);

describe("statements that the roster's change explains", () => {
  it.each([
    ["a wider role", READ, WRITE],
    ["a narrower role", WRITE, READ],
    ["a person who leaves", READ, rosterOf({ sl_jane: { orders: "read" } })],
    ["a new person", rosterOf({ sl_jane: { orders: "read" } }), READ],
    ["a suspension", READ, withOptions(READ, "sl_bob", { suspended: true })],
    ["its end", withOptions(READ, "sl_bob", { suspended: true }), READ],
    ["limits", READ, withOptions(READ, "sl_bob", { limits: { connections: 3 } })],
    ["a stricter login", READ, withOptions(READ, "sl_bob", { tls: "x509" })],
  ])("are no drift: %s", (_, before, after) => {
    const statements = plannedSql(after, observedAsDeclared(before), before);
    expect(statements.length).toBeGreaterThan(0);
    const found = explainStatements(statements, { cluster: "orders", before, after, now: NOW });
    expect(found).toMatchObject({ drift: [], ended: [], unread: 0 });
    expect(summary(before, after, statements).changes.map(({ kind }) => kind)).not.toContain("drift");
  });

  it("are no drift where an account gets another host; a host by hand is drift", () => {
    const from = (...hosts: string[]) => withOptions(READ, "sl_bob", { hosts });
    const rename = ["RENAME USER 'sl_bob'@'127.0.0.%' TO 'sl_bob'@'127.0.0.1'"];
    const found = (before: typeof READ, after: typeof READ) =>
      explainStatements(rename, { cluster: "orders", before, after, now: NOW });
    expect(found(from("127.0.0.%"), from("127.0.0.1"))).toMatchObject({ drift: [], unread: 0 });
    expect(found(from("127.0.0.1"), from("127.0.0.1")).drift).toHaveLength(1);
    expect(found(from("127.0.0.%"), from("127.0.0.%", "127.0.0.1")).drift).toHaveLength(1);
  });

  it("are no drift in a first apply, which makes everything", () => {
    const statements = plannedSql(READ, observedState([]));
    expect(summary(undefined, READ, statements).headline).toBe(
      "2 people gain; highest: `read` on orders (new)",
    );
    expect(summary(undefined, READ, statements).clusters[0]!.driftStatements).toBe(0);
  });
});

describe("statements that no change of the roster explains", () => {
  const bob = (databases: { name: string; privileges: string[]; grantOption: boolean }[]) =>
    observedAccount("sl_bob", { databases });
  const janeNow = observedAsDeclared(READ).accounts.filter(({ user }) => user === "sl_jane");

  it("are drift, next to what is intended, also for one account", () => {
    const found = observedState([
      ...janeNow.map(account => ({
        ...account,
        databases: [{ name: "orders", privileges: ["SELECT", "DELETE"], grantOption: false }],
      })),
      bob([{ name: "orders", privileges: ["SELECT", "DROP"], grantOption: false }]),
      observedAccount("sl_mallory"),
    ]);
    expect(kinds(READ, WRITE, plannedSql(WRITE, found, READ))).toEqual([
      ["gain", "sl_jane", "orders", "read", "write"],
      ["drift", "sl_bob", "orders", "DROP", "taken away"],
      ["drift", "sl_jane", "orders", "DELETE", "taken away"],
      ["drift", "sl_mallory", undefined, "as found in the database", "dropped"],
    ]);
  });

  it("are drift where somebody dropped a declared account by hand", () => {
    const statements = plannedSql(READ, observedState(janeNow), READ);
    expect(kinds(READ, READ, statements).map(([kind, account]) => [kind, account])).toEqual([
      ["drift", "sl_bob"],
      ["drift", "sl_bob"],
    ]);
  });

  it("are neither drift nor intended where a grant has expired: its end explains them", () => {
    const grants = { orders: "read", old: { role: "write", expires: "2026-11-01T00:00:00Z" } };
    const roster = rosterOf({ sl_jane: grants, sl_bob: { orders: "read" } });
    const found = observedAsDeclared(roster, new Date("2026-10-01T00:00:00Z"));
    const statements = plannedSql(roster, found, roster);
    expect(statements.join()).toContain("REVOKE");
    expect(summary(roster, roster, statements)).toMatchObject({
      changes: [],
      clusters: [{ ended: ["sl_jane"], driftStatements: 0 }],
    });
  });

  it("are never claimed as intended: each effect of a random mess is explained by a roster that changed", () => {
    const found = observedState([bob([{ name: "orders", privileges: ["SELECT"], grantOption: true }])]);
    const statements = plannedSql(READ, found, READ);
    const { intended } = explainStatements(statements, {
      cluster: "orders",
      before: READ,
      after: READ,
      now: NOW,
    });
    expect(statements.length).toBeGreaterThan(0);
    expect(intended).toEqual([]);
  });

  it("that are not written as ours are counted on top", () => {
    expect(summary(READ, READ, ["FLUSH PRIVILEGES"]).clusters[0]!.warnings).toEqual([
      "1 statement could not be read",
    ]);
  });
});

describe("a change of the roster", () => {
  it.each([
    [
      "a gain",
      { orders: "read" },
      { orders: "write", shop: "read" },
      { orders: "read", shop: "read" },
      "shop",
    ],
    ["a new place", {}, { orders: "read", shop: "write" }, { orders: "read" }, "orders"],
    ["a loss", { orders: "write", shop: "read" }, { orders: "read" }, { orders: "write" }, "shop"],
    [
      "a place with escapes",
      { a: "read" },
      { a: "read", my_shop: "read", b: "read" },
      { a: "read", my_shop: "read" },
      "my_shop",
    ],
  ])(
    "that the database has in one place and not in another is known of each: %s",
    (_, old, young, found, held) => {
      const [before, after] = [rosterOf({ sl_jane: old }), rosterOf({ sl_jane: young })];
      const statements = plannedSql(after, observedAsDeclared(rosterOf({ sl_jane: found })), before);
      expect(statements.length).toBeGreaterThan(0);
      const { changes } = summary(before, after, statements);
      const isHeld = ({ notes }: { notes: readonly string[] }) =>
        notes.includes("the database has it already");
      const rows = changes.filter(({ kind }) => kind !== "drift");
      expect(rows.length).toBeGreaterThan(1);
      expect(rows.filter(isHeld).map(({ place }) => place)).toEqual([held]);
    },
  );

  it("for which the database needs nothing is said", () => {
    expect(summary(READ, WRITE, []).changes).toMatchObject([
      { kind: "gain", account: "sl_jane", notes: ["the database has it already"] },
    ]);
  });
});
