import type { DatabasePrivilege } from "../../../../core/catalogue/mysql-privileges";
import type { Roster } from "../../../../core/roster/roster";
import { NOBODY, ReconcilerFixture, rosterOf } from "../reconciler-fixture";

describe("a server with settings of its own, and with what somebody left behind", () => {
  let fixture: ReconcilerFixture;
  beforeAll(async () => {
    fixture = await ReconcilerFixture.start({
      args: ["--log-bin=binlog", "--log-bin-trust-function-creators=OFF"],
    });
    await fixture.root.query("CREATE DATABASE orders");
    await fixture.root.query("CREATE ROLE app_role");
    await fixture.register("orders", { drift: "repair" });
  }, 180_000);
  afterAll(() => fixture.stop());
  beforeEach(() => fixture.planAndApply("orders", NOBODY));
  afterEach(() =>
    by(
      "SET GLOBAL max_join_size = DEFAULT",
      "SET GLOBAL sql_big_selects = ON",
      "SET GLOBAL log_bin_trust_function_creators = OFF",
    ),
  );
  const by = async (...statements: readonly string[]) => {
    for (const sql of statements) await fixture.root.query(sql);
  };

  it("a role under the name of a dropped account is never taken for access that was declared: the apply fails and says so, the next plan shows what takes it away", async () => {
    await by("INSERT INTO mysql.role_edges VALUES ('%', 'app_role', '%', 'sl_bob', 'Y')", "FLUSH PRIVILEGES");
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

  it.each([
    ["ordres", "There is no database `ordres`, which is granted to sl_bob; did you mean `orders`?"],
    ["Orders", "There is no database `Orders`, which is granted to sl_bob; did you mean `orders`?"],
    ["archive", "There is no database `archive`, which is granted to sl_bob"],
  ])("a plan says that a database does not exist, and its apply grants it: %s", async (database, note) => {
    const roster = rosterOf({ bob: "read" }, database);
    const plan = await fixture.preview("orders", roster);
    expect(plan.body.notes).toContain(note);
    await fixture.apply("orders", roster, plan);
    expect(await fixture.grants("sl_bob")).toContain(`GRANT SELECT ON \`${database}\`.* TO \`sl_bob\`@\`%\``);
  });

  it.each<[DatabasePrivilege[], string]>([
    [["SELECT", "TRIGGER"], "TRIGGER (sl_bob)"],
    [["CREATE ROUTINE"], "CREATE ROUTINE (sl_bob)"],
    [["TRIGGER", "CREATE ROUTINE"], "TRIGGER (sl_bob) and CREATE ROUTINE (sl_bob)"],
  ])("a plan says that the server refuses what a role is for: %j", async (privileges, named) => {
    const roster: Roster = { ...rosterOf({ bob: "read" }), roles: { read: privileges } };
    const note = expect.stringContaining(
      `\`log_bin_trust_function_creators\` is OFF on this server, so ${named} may not be enough`,
    );
    expect((await fixture.preview("orders", roster)).body.notes).toContainEqual(note);
    await by("SET GLOBAL log_bin_trust_function_creators = ON");
    expect((await fixture.preview("orders", roster)).body.notes).not.toContainEqual(note);
  });

  it.each([
    ["max_join_size = 1", ["SET GLOBAL max_join_size = 1"]],
    ["sql_big_selects = OFF", ["SET GLOBAL sql_big_selects = OFF"]],
    ["both", ["SET GLOBAL max_join_size = 1", "SET GLOBAL sql_big_selects = OFF"]],
  ])("limits of joins stop no plan, apply or enforcement: %s", async (_, limits) => {
    await by(...limits);
    const roster = rosterOf({ bob: "read", eve: "write" });
    await fixture.planAndApply("orders", roster);
    expect(await fixture.accounts()).toEqual(["sl_bob", "sl_eve"]);
    await by("GRANT DELETE ON orders.* TO sl_bob");
    expect((await fixture.preview("orders", roster)).sql).toEqual([
      "REVOKE DELETE ON `orders`.* FROM 'sl_bob'@'%'",
    ]);
    expect(await fixture.enforce()).toMatchObject({ outcome: "enforced", statements: 1 });
    expect(await fixture.grants("sl_bob")).toContain("GRANT SELECT ON `orders`.* TO `sl_bob`@`%`");
  });
});
