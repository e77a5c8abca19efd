import { logIn } from "../../../support/mysql-login";
import { enforcementFixture, HOUR } from "../enforce/enforcement-fixture";
import { until } from "../enforce/rosters-until";
import { rosterOf } from "../rosters";

const CODER = ["SELECT", "INSERT", "CREATE VIEW"] as const;
const LOST = "lacks SELECT ON `orders`.* by a partial revoke";

describe("an account that takes rights from the administrator", () => {
  const fixture = enforcementFixture({ databases: ["orders", "payroll"] });
  const can = (user: string, sql: string) =>
    fixture.session(user).then(
      async session => {
        const answer = await session.query(sql).then(
          () => "ok",
          (error: Error) => error.message,
        );
        session.destroy();
        return answer;
      },
      (error: Error) => error.message,
    );
  /** As the account, which first made itself able to grant. */
  const asMal = async (...statements: readonly string[]) => {
    for (const sql of ["GRANT PROXY ON 'sl_mal'@'%' TO 'sl_mal'@'%' WITH GRANT OPTION", ...statements])
      expect([sql, await can("sl_mal", sql)]).toEqual([sql, "ok"]);
  };
  const failed = () =>
    fixture
      .events("reconcile.failed")
      .map(({ detail }) => JSON.stringify(detail))
      .join();
  afterEach(async () => {
    await fixture.root.query("GRANT GRANT OPTION ON *.* TO admin");
    await fixture.root.query("DROP VIEW IF EXISTS orders.mine");
  });

  it("on one database holds up who needs a grant there, by name, nobody else, and raises the alarm", async () => {
    await fixture.planAndApply("orders", rosterOf({ mal: "read" }));
    await asMal("REVOKE SELECT ON orders.* FROM admin");
    fixture.forgetEvents();
    await expect(fixture.enforce()).rejects.toThrow(LOST);
    expect(failed()).toContain(LOST);

    const payroll = rosterOf({ bob: "read" }, "payroll").accounts;
    const { accounts, ...rest } = rosterOf({ mal: "read", joe: "read" });
    const wanted = { ...rest, accounts: { ...accounts, ...payroll } };
    const plan = await fixture.preview("orders", wanted);
    expect(plan.summary).toContain("left out: sl_joe");
    expect(plan.body.notes[0]).toMatch(
      /LEFT OUT: sl_joe\. .* run: GRANT SELECT ON `orders`\.\* TO 'admin'@'%'/,
    );
    await expect(fixture.apply("orders", wanted, plan)).rejects.toThrow(/AccountsLeftOut.*sl_joe/);
    expect(await can("sl_bob", "SELECT * FROM payroll.t")).toBe("ok");
    expect(await can("sl_joe", "SELECT 1")).toMatch(/denied/);

    await fixture.root.query("GRANT SELECT ON orders.* TO admin");
    await fixture.planAndApply("orders", wanted);
    expect(await can("sl_joe", "SELECT * FROM orders.t")).toBe("ok");
  });

  it("to keep a grant that ends is locked until the grant can be revoked", async () => {
    const mal = {
      kind: "person" as const,
      user: "mal",
      databases: { payroll: { role: "read", expires: fixture.at(HOUR) }, orders: { role: "coder" } },
    };
    await fixture.planAndApply("orders", {
      roles: { coder: CODER, read: ["SELECT"] },
      accounts: { sl_mal: mal },
    });
    expect(await can("sl_mal", "CREATE VIEW orders.mine AS SELECT 1")).toBe("ok");
    await asMal("REVOKE SELECT ON payroll.* FROM admin");
    const open = await fixture.session("sl_mal");
    open.on("error", () => {});
    fixture.pass(HOUR);
    for (let run = 0; run < 2; run++)
      await expect(fixture.enforce()).rejects.toThrow(
        /It is locked: its access to payroll has ended, and cannot be/,
      );
    await expect(open.query("SELECT * FROM payroll.t")).rejects.toThrow();
    expect(await can("sl_mal", "SELECT 1")).toMatch(/locked/);

    await fixture.root.query("GRANT SELECT ON payroll.* TO admin");
    await fixture.enforce();
    expect(await can("sl_mal", "SELECT * FROM orders.t")).toBe("ok");
    expect(await can("sl_mal", "SELECT * FROM payroll.t")).toMatch(/denied/);
  });

  it("GRANT OPTION is named in plan and run, with what gives it back; who leaves still goes", async () => {
    const roster = until({ mal: undefined, eve: fixture.at(HOUR) });
    await fixture.planAndApply("orders", roster);
    await asMal("REVOKE GRANT OPTION ON *.* FROM admin");
    fixture.pass(HOUR);
    await expect(fixture.enforce()).rejects.toThrow();
    expect(await can("sl_eve", "SELECT 1")).toMatch(/denied/);
    const { summary } = await fixture.preview("orders", roster);
    const [, remedy] = /gets GRANT OPTION back by: (GRANT PROXY .* WITH GRANT OPTION)\./.exec(summary)!;
    const { password, username } = fixture.server.admin;
    const admin = await logIn(fixture.server, username, password);
    await admin.query(remedy!);
    admin.destroy();
    await expect(fixture.enforce()).resolves.toMatchObject({ outcome: "enforced" });
    await fixture.planAndApply("orders", rosterOf({ mal: "read", joe: "read" }));
    expect(await can("sl_joe", "SELECT * FROM orders.t")).toBe("ok");
  });
});
