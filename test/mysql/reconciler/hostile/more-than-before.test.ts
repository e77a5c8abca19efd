import { PASSWORD } from "../../../support/mysql-login";
import { enforcementFixture } from "../enforce/enforcement-fixture";
import { rosterOf } from "../rosters";

const roster = rosterOf({ mal: "write" });

describe("an account without the prefix that already reaches a managed database", () => {
  const fixture = enforcementFixture();
  const by = async (...statements: readonly string[]) => {
    for (const sql of statements) await fixture.root.query(sql);
  };
  /** As an account that made itself able to grant. */
  const asMal = async (sql: string) => {
    for (const statement of ["GRANT PROXY ON 'sl_mal'@'%' TO 'sl_mal'@'%' WITH GRANT OPTION", sql]) {
      const mal = await fixture.session("sl_mal");
      await mal.query(statement);
      mal.destroy();
    }
  };
  const reported = () =>
    fixture
      .events("drift.detected")
      .flatMap(({ detail }) => (detail as { holders?: string[] }).holders ?? []);

  beforeEach(async () => {
    await by(
      "DROP USER IF EXISTS shopapp",
      "DROP ROLE IF EXISTS app_role",
      `CREATE USER shopapp IDENTIFIED BY '${PASSWORD}'`,
      "CREATE ROLE app_role",
      "GRANT SELECT ON orders.* TO shopapp",
      "GRANT app_role TO shopapp",
      "CREATE FUNCTION IF NOT EXISTS orders.one() RETURNS INT DETERMINISTIC RETURN 1",
    );
    await fixture.planAndApply("orders", roster);
    await fixture.enforce();
    fixture.forgetEvents();
  });
  // The next test's clock is behind: its plans would accept no holder of this one.
  afterEach(() => by("DROP USER IF EXISTS shopapp", "DROP ROLE IF EXISTS app_role"));

  it.each<[string, () => Promise<void>, string]>([
    [
      "by a managed account",
      () => asMal("GRANT INSERT ON orders.* TO shopapp"),
      "'shopapp'@'%' reaches orders (INSERT)",
    ],
    [
      "on a table",
      () => asMal("GRANT UPDATE ON orders.t TO shopapp"),
      "'shopapp'@'%' reaches orders (UPDATE on TABLE `t`)",
    ],
    [
      "on a column",
      () => asMal("GRANT UPDATE (a) ON orders.t TO shopapp"),
      "'shopapp'@'%' reaches orders (UPDATE on TABLE `t` (`a`))",
    ],
    [
      "on a routine",
      () => by("GRANT EXECUTE ON FUNCTION orders.one TO shopapp"),
      "'shopapp'@'%' reaches orders (EXECUTE on FUNCTION `one`)",
    ],
    [
      "through a role",
      () => asMal("GRANT INSERT, UPDATE ON orders.* TO app_role"),
      "'shopapp'@'%' reaches orders (INSERT, UPDATE)",
    ],
    ["everywhere", () => by("GRANT SELECT ON *.* TO shopapp"), "'shopapp'@'%' reaches *.* (SELECT)"],
  ])("is reported with what it gets in addition, until a plan is applied: %s", async (_, act, line) => {
    await act();
    await fixture.enforce();
    expect(reported()).toContain(`${line} since ${fixture.at(0)}`);
    expect(reported().join()).not.toContain("orders (SELECT)");
    fixture.pass(60_000);
    const plan = await fixture.preview("orders", roster);
    expect(plan.summary).toContain(line);
    expect(plan.body.notes.join("\n")).toContain(`${line} since `);
    await fixture.apply("orders", roster, plan);
    expect((await fixture.preview("orders", roster)).summary).not.toContain("shopapp");
  });

  it("is not reported for less, or for what a privilege on the database includes", async () => {
    await by("GRANT INSERT ON orders.* TO shopapp");
    await fixture.enforce();
    fixture.forgetEvents();
    await by("REVOKE INSERT ON orders.* FROM shopapp", "GRANT SELECT ON orders.t TO shopapp");
    await fixture.enforce();
    expect(reported()).toEqual([]);
    await by("GRANT INSERT ON orders.* TO shopapp");
    await fixture.enforce();
    expect(reported()).toEqual([`'shopapp'@'%' reaches orders (INSERT) since ${fixture.at(0)}`]);
  });
});
