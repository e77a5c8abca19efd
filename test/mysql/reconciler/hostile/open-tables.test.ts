import type { Connection } from "mysql2/promise";
import { enforcementFixture } from "../enforce/enforcement-fixture";
import { rosterOf } from "../rosters";

describe("an object that an account keeps in use when its grant, made by hand, is revoked", () => {
  const fixture = enforcementFixture({
    databases: ["orders", "payroll"],
    entry: { drift: "repair" },
  });

  beforeEach(async () => {
    await fixture.root.query("CREATE OR REPLACE VIEW payroll.v AS SELECT * FROM payroll.t");
    await fixture.root.query("DROP PROCEDURE IF EXISTS payroll.p");
    await fixture.root.query("CREATE PROCEDURE payroll.p() SELECT * FROM payroll.t");
    await fixture.planAndApply("orders", rosterOf({ mal: "read", bob: "read" }));
  });

  it.each([
    ["a table, by HANDLER", "SELECT ON payroll.t", "HANDLER payroll.t OPEN", "HANDLER t READ FIRST"],
    ["a column", "SELECT (a) ON payroll.t", "SELECT a FROM payroll.t", "SELECT a FROM payroll.t"],
    ["a view", "SELECT ON payroll.v", "SELECT * FROM payroll.v", "SELECT * FROM payroll.v"],
    ["a procedure", "EXECUTE ON PROCEDURE payroll.p", "CALL payroll.p()", "CALL payroll.p()"],
  ])("is closed, as its session ends, and no other does: %s", async (_, grant, before, after) => {
    await fixture.root.query(`GRANT ${grant} TO sl_mal`);
    const [mal, bob] = (await Promise.all(["sl_mal", "sl_bob"].map(u => fixture.session(u)))) as [
      Connection,
      Connection,
    ];
    await mal.query(before);
    expect(await mal.query(after)).toBeTruthy();
    expect(await fixture.enforce()).toMatchObject({ sessionsEnded: 1 });
    await expect(mal.query(after)).rejects.toThrow();
    expect(await bob.query("SELECT * FROM orders.t")).toBeTruthy();
    const again = await fixture.session("sl_mal");
    await expect(again.query(before)).rejects.toThrow(/denied/);
    for (const session of [bob, again]) session.destroy();
  });
});
