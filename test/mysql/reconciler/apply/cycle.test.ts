import { iamToken, logIn, rows } from "../../../support/mysql-login";
import { LEDGER, NOBODY, ReconcilerFixture, rosterOf } from "../reconciler-fixture";

describe("preview and apply, end to end", () => {
  let fixture: ReconcilerFixture;

  beforeAll(async () => {
    fixture = await ReconcilerFixture.start();
    await fixture.root.query("CREATE DATABASE orders");
    await fixture.root.query("CREATE TABLE orders.t (a INT)");
    await fixture.register("orders");
  }, 180_000);
  afterAll(() => fixture.stop());

  const roster = rosterOf({ bob: "read", eve: "write" });

  it("creates what is declared, and the plan after is empty", async () => {
    const first = await fixture.preview("orders", roster);
    expect(first.body.status).toBe("unseen");
    expect(first.sql.length).toBeGreaterThan(0);
    expect(first).toMatchObject({ pending: first.sql.length, verified: true });
    await fixture.apply("orders", roster, first, { tf: { action: "create", prev_input: null } });

    expect(await fixture.accounts()).toEqual(["sl_bob", "sl_eve"]);
    const after = await fixture.preview("orders", roster);
    expect(after.changeSet).toEqual(first.changeSet);
    expect(after).toMatchObject({ pending: 0, verified: true });

    const bob = await logIn(fixture.server, "sl_bob", await iamToken(fixture.server, "sl_bob"));
    expect(await rows(bob, "SELECT COUNT(*) AS n FROM orders.t")).toEqual([{ n: 0 }]);
    await expect(bob.query("INSERT INTO orders.t VALUES (1)")).rejects.toThrow(/denied/);
    bob.destroy();
  });

  it("shows drift with a new id, and repairs it", async () => {
    await fixture.root.query("GRANT DELETE ON orders.* TO 'sl_bob'@'%'");
    const drift = await fixture.preview("orders", roster);
    expect(drift.body.status).toBe("changes");
    expect(drift.sql).toEqual(["REVOKE DELETE ON `orders`.* FROM 'sl_bob'@'%'"]);
    expect(drift.summary).toBe("orders: when planned, 1 statement was pending: sl_bob");
    await fixture.apply("orders", roster, drift);
    expect((await fixture.preview("orders", roster)).changeSet).toEqual(drift.changeSet);
  });

  it("removes an account and ends its open sessions", async () => {
    const eve = await logIn(fixture.server, "sl_eve", await iamToken(fixture.server, "sl_eve"));
    eve.on("error", () => {});
    const less = rosterOf({ bob: "read" });
    const plan = await fixture.preview("orders", less);
    expect(plan.sql).toEqual(["DROP USER 'sl_eve'@'%'"]);
    await fixture.apply("orders", less, plan);
    expect(await fixture.accounts()).toEqual(["sl_bob"]);
    await expect(eve.query("SELECT 1")).rejects.toThrow();
    const audit = await fixture.audit("orders");
    expect(audit.at(-1)).toMatchObject({
      kind: "result",
      outcome: "succeeded",
      sessionsEnded: 1,
      changeSet: plan.id,
    });
    expect(audit.at(-2)).toMatchObject({ kind: "intent", changeSet: plan.id });
    expect(audit.at(-2)!["statements"]).toEqual([
      {
        sql: "DROP USER 'sl_eve'@'%'",
        why: "no longer declared",
        cause: "grant",
        accounts: [{ account: "sl_eve", user: "eve" }],
      },
    ]);
  });

  it("refuses the destruction of the last hook while accounts remain, and lets it go when none do", async () => {
    const tf = { action: "delete" as const, prev_input: null };
    const plan = await fixture.preview("orders", rosterOf({ bob: "read" }));
    await expect(fixture.apply("orders", rosterOf({ bob: "read" }), plan, { tf })).rejects.toThrow(
      /AccountsRemain.*1 account is left \(sl_bob\)/,
    );
    const empty = await fixture.planAndApply("orders", NOBODY);
    await expect(fixture.apply("orders", NOBODY, empty, { tf })).resolves.toMatchObject({
      message: "no account is left",
    });
    expect((await fixture.items(LEDGER, "orders")).find(item => item["sk"] === "head")).toMatchObject({
      hooks: 0,
    });
  });
});
