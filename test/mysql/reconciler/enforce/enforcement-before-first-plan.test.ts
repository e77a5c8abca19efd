import { rosterOf } from "../rosters";
import { EnforcementFixture, HOUR } from "./enforcement-fixture";
import { until } from "./rosters-until";

describe("enforcement before the first plan", () => {
  const fixture = new EnforcementFixture();

  beforeAll(async () => {
    await fixture.begin();
    await fixture.root.query("CREATE DATABASE orders");
    await fixture.register("orders");
  }, 180_000);
  afterAll(() => fixture.stop());

  it("leaves grants that expired before the first plan to the next plan, and ends grants that expire after it", async () => {
    await fixture.root.query("CREATE USER 'sl_old'@'%'");
    const roster = until({ old: fixture.at(-HOUR), bob: fixture.at(HOUR) });
    const unseen = await fixture.preview("orders", roster);
    expect(unseen.body.status).toBe("unseen");
    await fixture.apply("orders", roster, unseen, { tf: { action: "create", prev_input: null } });
    expect(await fixture.enforce()).toMatchObject({ statements: 0 });
    fixture.pass(HOUR);
    expect(await fixture.enforce()).toMatchObject({ statements: 1 });
    expect(await fixture.accounts()).toEqual(["sl_old"]);
    const plan = await fixture.preview("orders", roster);
    expect(plan.sql).toEqual(["DROP USER 'sl_old'@'%'"]);
    await fixture.apply("orders", roster, plan);
    expect(await fixture.accounts()).toEqual([]);
  });

  it("reports an undeclared account with a declared name but another host, in every plan and as drift", async () => {
    await fixture.planAndApply("orders", rosterOf({ bob: "read" }));
    await fixture.root.query("CREATE USER 'sl_bob'@'10.%'");
    expect((await fixture.preview("orders", rosterOf({ bob: "read" }))).unmanaged).toEqual(["sl_bob@10.%"]);
    expect(await fixture.enforce()).toMatchObject({ statements: 0, drift: 1 });
    expect(fixture.events("drift.detected").at(-1)!.detail).toMatchObject({ undeclared: ["sl_bob@10.%"] });
  });

  it("reports an account without a name that takes the logins of declared ones, whatever `unmanaged` says", async () => {
    await fixture.register("orders", { unmanaged: "remove" });
    await fixture.planAndApply("orders", rosterOf({ bob: "read" }));
    await fixture.root.query("CREATE USER ''@'10.%'");
    const taker = "''@'10.%' (takes every login from there)";
    expect((await fixture.preview("orders", rosterOf({ bob: "read" }))).unmanaged).toEqual([taker]);
    expect(await fixture.enforce()).toMatchObject({ statements: 0, drift: 1 });
    expect(fixture.events("drift.detected").at(-1)!.detail).toMatchObject({ undeclared: [taker] });
    await fixture.root.query("DROP USER ''@'10.%'");
    expect((await fixture.preview("orders", rosterOf({ bob: "read" }))).unmanaged).toEqual([]);
  });
});
