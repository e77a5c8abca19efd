import { ReconcilerFixture, rosterOf } from "../reconciler-fixture";

describe("a role that the server has left behind under the name of a dropped account", () => {
  let world: ReconcilerFixture;
  beforeAll(async () => {
    world = await ReconcilerFixture.start();
    await world.root.query("CREATE DATABASE orders");
    await world.root.query("CREATE ROLE app_role");
    await world.register("orders");
  }, 180_000);
  afterAll(() => world.stop());

  /** The statements after which MySQL 9.7 leaves it, found by random-pairs.test.ts. */
  const leaveBehind = async (user: string) => {
    await world.root.query(`CREATE USER ${user} IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'`);
    await world.root.query(`GRANT INSERT, PROCESS, SELECT, CREATE ON *.* TO ${user}`);
    await world.root.query(`REVOKE SELECT ON orders.* FROM ${user}`);
    await world.root.query(`GRANT app_role TO ${user} WITH ADMIN OPTION`);
    await world.root.query("GRANT SELECT ON orders.* TO 'sl_nobody'@'%' WITH GRANT OPTION").catch(() => {});
    await world.root.query(`DROP USER ${user}`);
    // Where a server leaves nothing behind, the row is put there.
    await world.root.query(
      "INSERT IGNORE INTO mysql.role_edges VALUES ('%', 'app_role', '%', 'sl_bob', 'Y')",
    );
    await world.root.query("FLUSH PRIVILEGES");
  };

  it("is never taken for access that was declared: the apply fails and says so, the next plan shows what takes it away", async () => {
    await world.bring("orders", rosterOf({}));
    await leaveBehind("'sl_bob'@'%'");
    const roster = rosterOf({ bob: "read" });
    const plan = await world.preview("orders", roster);
    await expect(world.apply("orders", roster, plan)).rejects.toThrow(
      /NotReached.*REVOKE 'app_role'@'%' FROM 'sl_bob'@'%'/,
    );
    const next = await world.preview("orders", roster);
    expect(next.sql).toEqual(["REVOKE 'app_role'@'%' FROM 'sl_bob'@'%'"]);
    await world.apply("orders", roster, next);
    expect(await world.grants("sl_bob")).toEqual([
      "GRANT USAGE ON *.* TO `sl_bob`@`%`",
      "GRANT SELECT ON `orders`.* TO `sl_bob`@`%`",
    ]);
    expect((await world.preview("orders", roster)).changeSet).toEqual(next.changeSet);
  });
});
