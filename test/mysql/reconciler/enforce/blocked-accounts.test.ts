import type { Roster } from "../../../../core/roster/roster";
import { DAY, enforcementFixture, HOUR } from "./enforcement-fixture";
import { until } from "./rosters-until";

const TAKE = "REVOKE CREATE ROUTINE ON *.* FROM 'admin'@'%'";
const GIVE_BACK = "GRANT CREATE ROUTINE ON *.* TO 'admin'@'%' WITH GRANT OPTION";

describe("an account that the administrator cannot give all that is declared", () => {
  const fixture = enforcementFixture();
  const name = "sl_boss";

  /** It creates routines in `orders` for good, and reads `payroll` for an hour. */
  const declared = (): Roster => {
    const { accounts, roles } = until({ boss: fixture.at(HOUR), ann: fixture.at(DAY) });
    const databases = {
      orders: { role: "maker" },
      payroll: { role: "read", expires: fixture.at(HOUR) },
    };
    return {
      roles: { ...roles, maker: ["SELECT", "CREATE ROUTINE"] },
      accounts: { ...accounts, [name]: { ...accounts[name]!, databases } },
    };
  };
  const reads = async (table: string) =>
    (await fixture.session(name))
      .query(`SELECT * FROM ${table}`)
      .then(() => true)
      .catch(() => false);

  beforeAll(async () => {
    for (const database of ["orders", "payroll", "hr"]) {
      await fixture.root.query(`CREATE DATABASE IF NOT EXISTS ${database}`);
      await fixture.root.query(`CREATE TABLE IF NOT EXISTS ${database}.t (a INT)`);
    }
  });
  beforeEach(() => fixture.planAndApply("orders", declared()));
  afterEach(() => fixture.root.query(GIVE_BACK));

  it.each([
    ["a grant that ended", "SELECT 1"],
    ["a grant that ended, and one made by hand", `GRANT SELECT ON hr.t TO ${name}`],
    ["a grant that ended, and the global GRANT OPTION", `GRANT GRANT OPTION ON *.* TO ${name}`],
  ])("loses %s, keeps the rest, and is named", async (_what, sql) => {
    await fixture.root.query(sql);
    const open = await fixture.session(name);
    await fixture.root.query(TAKE);
    fixture.pass(HOUR);
    const lacks = /'admin'@'%' lacks CREATE ROUTINE on .* and cannot give it to 'sl_boss'@'%'/;
    await expect(fixture.enforce()).rejects.toThrow(lacks);
    await expect(open.query("SELECT 1")).rejects.toThrow();
    expect([await reads("payroll.t"), await reads("hr.t"), await reads("orders.t")]).toEqual([
      false,
      false,
      true,
    ]);
    const [grants] = await fixture.root.query(`SHOW GRANTS FOR ${name}`);
    expect(JSON.stringify(grants)).toMatch(/CREATE ROUTINE ON `orders`/);
    expect(JSON.stringify(grants)).not.toMatch(/GRANT OPTION/);
    expect(fixture.accountsOf("access.expired")).toEqual([name]);
    // Now it is as declared: nobody has to give it anything.
    expect(await fixture.enforce()).toMatchObject({ statements: 0, drift: 0 });
  });

  it("loses what ended where a grant by hand cannot be revoked, and is not dropped for that", async () => {
    await fixture.root.query(`GRANT CREATE ROUTINE ON hr.* TO ${name}`);
    await fixture.root.query(`GRANT GRANT OPTION ON *.* TO ${name}`);
    await fixture.root.query(TAKE);
    fixture.pass(HOUR);
    await expect(fixture.enforce()).rejects.toThrow(/cannot give it to 'sl_boss'/);
    expect([await reads("orders.t"), await reads("payroll.t")]).toEqual([true, false]);
    const [grants] = await fixture.root.query(`SHOW GRANTS FOR ${name}`);
    expect(JSON.stringify(grants)).toMatch(/CREATE ROUTINE ON `hr`/);
    expect(JSON.stringify(grants)).not.toMatch(/GRANT OPTION/);
  });

  it("is locked where declared access would be lost with a role that may reach what ended", async () => {
    for (const sql of [
      `GRANT sl_ann TO ${name}`,
      `SET DEFAULT ROLE ALL TO ${name}`,
      `REVOKE SELECT ON orders.* FROM ${name}`,
      `GRANT GRANT OPTION ON *.* TO ${name}`,
    ])
      await fixture.root.query(sql);
    await fixture.root.query(TAKE);
    fixture.pass(HOUR);
    await expect(fixture.enforce()).rejects.toThrow(/cannot give it to 'sl_boss'/);
    await expect(fixture.session(name)).rejects.toThrow(/locked/);
    const [grants] = await fixture.root.query(`SHOW GRANTS FOR ${name}`);
    expect(JSON.stringify(grants)).not.toMatch(/GRANT OPTION/);
  });
});
