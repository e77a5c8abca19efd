import { applyEvents } from "../../../../core/decisions/apply-events";
import { checkCeiling } from "../../../../core/decisions/check-ceiling";
import { decidePreview } from "../../../../core/decisions/decide-preview";
import { permittedPlan } from "../../../../core/decisions/permitted-plan";
import { EVENT_SCHEMAS } from "../../../../core/events/events";
import { assembleStatements, type ObservedAccount } from "../../../../core/mysql";
import { DEFAULT_CEILING } from "../../../../core/roster/ceiling";
import { type Roster, rosterSchema } from "../../../../core/roster/roster";
import {
  definedObject,
  observedAccount,
  observedState,
  rosterOf,
  withOptions,
} from "../../../support/observed";
import { registered, runOf, settledOn } from "../decisions/known";

const NOW = new Date("2026-11-20T00:00:00Z");
const [OLD, NEW] = ["sl_jane.doe", "sl_jane.smith"];
const RENAME = `RENAME USER '${OLD}'@'%' TO '${NEW}'@'%'`;
const before = rosterOf({ [OLD]: { orders: "read" } });
const named = (grants: Parameters<typeof rosterOf>[0][string], formerly = OLD): Roster =>
  withOptions(rosterOf({ [NEW]: grants }), NEW, { formerly });
const after = named({ orders: "read" });
const holding = (user: string, ...privileges: string[]): ObservedAccount =>
  observedAccount(user, { databases: [{ name: "orders", privileges, grantOption: false }] });
const planOf = (roster: Roster, accounts: readonly ObservedAccount[], onlyCreate = false) =>
  assembleStatements({
    roster,
    observed: observedState(accounts),
    now: NOW,
    prefix: "sl",
    unmanaged: "report",
    definers: "block",
    previouslyDeclared: [OLD],
    onlyCreate,
  });
const entry = {
  cluster: "orders",
  prefix: "sl",
  ceiling: DEFAULT_CEILING,
  credentials: {},
} as unknown as Parameters<typeof checkCeiling>[1];

describe("an account with a former name", () => {
  it("is renamed once what nobody declared is taken, and its old sessions end", () => {
    const plan = planOf(named({ orders: "write" }), [holding(OLD, "SELECT", "DELETE")]);
    expect(plan.statements.map(({ sql }) => sql)).toEqual([
      `REVOKE DELETE ON \`orders\`.* FROM '${OLD}'@'%'`,
      RENAME,
      `GRANT INSERT, UPDATE ON \`orders\`.* TO '${NEW}'@'%'`,
    ]);
    expect(plan.endSessions).toMatchObject([{ user: OLD }]);
    expect([...plan.renames]).toEqual([[OLD, NEW]]);
  });

  it("is created at its host if others have the one at another host as a role: the server renames no role", () => {
    const elsewhere = {
      ...holding("sl_bob", "SELECT"),
      host: "10.%",
      members: [{ user: "sl_x", host: "%" }],
    };
    const sql = planOf(rosterOf({ sl_bob: { orders: "read" } }), [elsewhere]).statements.map(one => one.sql);
    expect(sql[0]).toMatch(/^CREATE USER 'sl_bob'@'%'/);
    expect(sql.join()).not.toContain("RENAME");
  });

  it.each([
    ["'sl_jane.doe'@'%'", named, holding(OLD)],
    [
      "'sl_jane.smith'@'10.%'",
      (grants: never) => rosterOf({ [NEW]: grants }),
      { ...holding(NEW), host: "10.%" },
    ],
  ] as const)("keeps a declared GRANT OPTION, and nobody is warned (%s)", (from, of, account) => {
    const option = { role: "read", grantOption: true as const };
    const databases = [{ name: "orders", privileges: ["SELECT"], grantOption: true }];
    const plan = planOf(of({ orders: option } as never), [{ ...account, databases }]);
    expect(plan.statements.map(({ sql }) => sql)).toEqual([`RENAME USER ${from} TO '${NEW}'@'%'`]);
    expect([plan.handsOn, plan.notes.join().includes("GRANT OPTION")]).toEqual([[], false]);
    // One that is not declared is taken before.
    const undeclared = planOf(of({ orders: "read" } as never), [{ ...account, databases }]);
    expect(undeclared.statements[0]!.sql).toBe(`REVOKE GRANT OPTION ON \`orders\`.* FROM ${from}`);
    expect(undeclared.handsOn).toEqual([account.user]);
    // So it is if the account is removed instead.
    const definerOf = [definedObject("PROCEDURE orders.p")];
    const removed = planOf(of({ orders: option } as never), [{ ...account, databases, definerOf }]);
    expect(removed.statements.map(({ sql }) => sql)).not.toContain(`RENAME USER ${from} TO '${NEW}'@'%'`);
    expect(removed.handsOn).toEqual(account.user === OLD ? [OLD] : removed.handsOn);
  });

  it("is not renamed by a set that nobody sees before", () => {
    const plan = planOf(after, [holding(OLD, "SELECT")], true);
    expect(plan).toMatchObject({ statements: [], waiting: 1, endSessions: [] });
  });

  it("is the same one for what a plan permits: with more than was shown, it keeps its old name", () => {
    const roster = named({ orders: "write" });
    const shown = planOf(roster, [holding(OLD, "SELECT", "DELETE")]).statements.map(({ sql }) => sql);
    const plan = planOf(roster, [holding(OLD, "SELECT", "DELETE", "EXECUTE")]);
    const permitted = permittedPlan({
      id: "cs-1",
      body: {
        status: "changes",
        statements: Object.fromEntries(shown.map((sql, i) => [`000${i}`, sql])),
        notes: [],
        plannedAt: NOW.toISOString(),
        plannedBy: "me",
      },
      isSpent: false,
      isSuperseded: false,
      plan,
      roster,
      names: observedState([]),
      now: NOW,
    });
    if ("refusal" in permitted) throw new Error(permitted.refusal);
    expect([...permitted.moved.keys()]).toEqual([NEW]);
    expect(permitted.plan.statements).toEqual([]);
    expect(permitted.plan.endSessions).toEqual([]);
    expect(permitted.plan.renames.size).toBe(0);
  });

  it("may lose by its old name what expired since the plan", () => {
    const expires = "2026-11-19T00:00:00Z";
    const roster = named({ orders: "read", shop: { role: "read", expires } });
    const account = observedAccount(OLD, {
      databases: ["orders", "shop"].map(name => ({ name, privileges: ["SELECT"], grantOption: false })),
    });
    const plan = planOf(roster, [account]);
    expect(plan.statements).toHaveLength(2);
    const body = {
      status: "changes" as const,
      notes: [],
      plannedAt: "",
      plannedBy: "",
      statements: { "0001": RENAME },
    };
    const rest = { id: "cs-1", isSpent: false, isSuperseded: false, names: observedState([]), now: NOW };
    expect(permittedPlan({ body, plan, roster, ...rest })).toMatchObject({ moved: new Map() });
  });

  it("is not named as one who leaves, and the plan says what happens", () => {
    const known = registered(settledOn(before));
    const observation = { observed: observedState([holding(OLD, "SELECT")]) };
    const request = { cluster: "orders", roster: after, gate: "gate" } as never;
    const decision = decidePreview({ ...known, request, observation, now: NOW }, false);
    expect(decision.summary).not.toContain("no longer declared");
    expect(decision.notes[0]).toContain(`'${OLD}'@'%' becomes '${NEW}'@'%'`);
    expect(decision.notes.join()).not.toContain("No longer declared");
  });

  it("gets one event, which has both names, and its former name none", () => {
    const facts = {
      ...registered(settledOn(before)),
      run: runOf("apply"),
      roster: after,
      observed: observedState([holding(OLD, "SELECT")]),
    };
    const executed = { ran: 1, touched: new Set([OLD, NEW]), sessionsEnded: 1 };
    const tell = (leftOut: string[]) =>
      applyEvents(facts).all(executed, { waiting: 0, leftOut: new Set(leftOut) });
    const [changed, run] = tell([]);
    expect(changed).toMatchObject({
      type: "access.changed",
      detail: {
        account: NEW,
        formerly: OLD,
        before: [{ database: "orders" }],
        after: [{ database: "orders" }],
      },
    });
    expect(EVENT_SCHEMAS["access.changed"].parse(changed!.detail)).toEqual(changed!.detail);
    expect(run).toMatchObject({ detail: { changes: [{ account: NEW, formerly: OLD, change: "changed" }] } });
    // Nothing is said of one that was left out, and so still has its former name.
    expect(tell([NEW]).map(({ type }) => type)).toEqual(["reconcile.succeeded"]);
  });

  it.each([
    ["app", "is no account that may be managed"],
    ["sl_bob", "is declared, too"],
    ["sl_x", "is also the former name of `sl_jane.smith`"],
  ])("is refused by the functions if that is %s", (formerly, why) => {
    const bob = rosterOf({ sl_bob: {}, sl_zoe: {} }).accounts;
    const roster = named({ orders: "read" }, formerly);
    const accounts = { ...roster.accounts, ...bob, sl_zoe: { ...bob["sl_zoe"]!, formerly: "sl_x" } };
    expect(rosterSchema.safeParse({ ...roster, accounts }).success).toBe(true);
    expect(checkCeiling({ ...roster, accounts }, entry)).toEqual([expect.stringContaining(why)]);
  });
});
