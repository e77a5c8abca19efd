import { ReconcilerFixture, rosterOf } from "../reconciler-fixture";

describe("a role that the server has left behind under the name of a dropped account", () => {
  let fixture: ReconcilerFixture;
  beforeAll(async () => {
    fixture = await ReconcilerFixture.start();
    await fixture.root.query("CREATE DATABASE orders");
    await fixture.root.query("CREATE ROLE app_role");
    await fixture.register("orders");
  }, 180_000);
  afterAll(() => fixture.stop());

  const leaveBehind = async () => {
    await fixture.root.query("INSERT INTO mysql.role_edges VALUES ('%', 'app_role', '%', 'sl_bob', 'Y')");
    await fixture.root.query("FLUSH PRIVILEGES");
  };

  it("is never taken for access that was declared: the apply fails and says so, the next plan shows what takes it away", async () => {
    await fixture.planAndApply("orders", rosterOf({}));
    await leaveBehind();
    const roster = rosterOf({ bob: "read" });
    const plan = await fixture.preview("orders", roster);
    await expect(fixture.apply("orders", roster, plan)).rejects.toThrow(
      /NotReached.*REVOKE 'app_role'@'%' FROM 'sl_bob'@'%'/,
    );
    const next = await fixture.preview("orders", roster);
    expect(next.sql).toEqual(["REVOKE 'app_role'@'%' FROM 'sl_bob'@'%'"]);
    await fixture.apply("orders", roster, next);
    expect(await fixture.grants("sl_bob")).toEqual([
      "GRANT USAGE ON *.* TO `sl_bob`@`%`",
      "GRANT SELECT ON `orders`.* TO `sl_bob`@`%`",
    ]);
    expect((await fixture.preview("orders", roster)).changeSet).toEqual(next.changeSet);
  });
});
