import { iamToken, logIn } from "../../../support/mysql-login";
import { ReconcilerFixture, rosterOf } from "../reconciler-fixture";

/** What the holder of `sl_mal`, or somebody who manages the server by hand, does to `sl_boss`. */
const boss = "'sl_boss'@'%'";

describe("an account to which somebody gave what cannot be taken", () => {
  let fixture: ReconcilerFixture;
  beforeAll(async () => {
    fixture = await ReconcilerFixture.start();
    await fixture.root.query("CREATE DATABASE orders");
    await fixture.root.query("CREATE TABLE orders.t (a INT)");
    await fixture.register("orders");
  }, 180_000);
  afterAll(() => fixture.stop());
  beforeEach(async () => {
    await fixture.root.query("DROP VIEW IF EXISTS orders.v");
    await fixture.dropAccounts();
    await fixture.forget("orders");
    await fixture.planAndApply("orders", rosterOf({ mal: "read", boss: "write" }));
  });

  const session = async (user: string) => logIn(fixture.server, user, await iamToken(fixture.server, user));
  const as = async (user: string, ...statements: readonly string[]) => {
    const connection = await session(user);
    for (const sql of statements) await connection.query(sql);
    connection.destroy();
  };
  const canRead = (user: string) =>
    as(user, "SELECT COUNT(*) FROM orders.t").then(
      () => true,
      () => false,
    );

  const byProxy: [string, () => Promise<unknown>][] = [
    ["PROXY", () => as("sl_mal", `GRANT PROXY ON 'sl_mal'@'%' TO ${boss}`)],
    [
      "PROXY with its grant option",
      () => as("sl_mal", `GRANT PROXY ON 'sl_mal'@'%' TO ${boss} WITH GRANT OPTION`),
    ],
    [
      "PROXY on many accounts",
      async () => {
        for (let i = 0; i < 30; i++) {
          await fixture.root.query(`CREATE USER IF NOT EXISTS app_${i}`);
          await fixture.root.query(`GRANT PROXY ON app_${i} TO ${boss}`);
        }
      },
    ],
  ];

  it.each(byProxy)("loses what it should and is never made again: %s", async (_what, act) => {
    await act();
    const open = await session("sl_boss");
    const roster = rosterOf({ mal: "read", boss: "read", ann: "read" });
    const plan = await fixture.preview("orders", roster);
    expect(plan.sql.join("; ")).not.toMatch(/DROP USER|REVOKE PROXY/);
    expect(plan.body.notes.join()).toMatch(/PROXY that this administrator cannot revoke .*'sl_boss'@'%'/);
    await fixture.apply("orders", roster, plan);
    expect(await canRead("sl_ann")).toBe(true);
    expect(await canRead("sl_boss")).toBe(true);
    await expect(as("sl_boss", "INSERT INTO orders.t VALUES (1)")).rejects.toThrow(/denied/);
    expect((await fixture.preview("orders", roster)).id).toBe(plan.id);
    open.destroy();
    await fixture.planAndApply("orders", rosterOf({ mal: "read", ann: "read" }));
    expect(await fixture.accounts()).toEqual(["sl_ann", "sl_mal"]);
  });

  const byGrant: [string, RegExp, (() => Promise<unknown>)[], () => Promise<unknown>][] = [
    [
      "SYSTEM_USER",
      /'sl_boss'@'%' holds SYSTEM_USER: the administrator .* may neither alter nor drop it/,
      [() => fixture.root.query(`GRANT SYSTEM_USER ON *.* TO ${boss}`)],
      () => fixture.root.query(`REVOKE SYSTEM_USER ON *.* FROM ${boss}`),
    ],
    [
      "a privilege that the administrator lacks, while a view runs as the account",
      /cannot be revoked \(FILE ON \*\.\*\), and it cannot be dropped either, because it is the DEFINER of VIEW orders\.v/,
      [
        () => fixture.root.query(`GRANT FILE ON *.* TO ${boss}`),
        () => fixture.root.query(`CREATE DEFINER = ${boss} VIEW orders.v AS SELECT 1`),
      ],
      () => fixture.root.query("DROP VIEW orders.v"),
    ],
    [
      "two such privileges, while an event runs as the account",
      /cannot be revoked \(SHUTDOWN ON \*\.\*, FILE ON \*\.\*\).*EVENT orders\.e/,
      [
        () => fixture.root.query(`GRANT FILE, SHUTDOWN ON *.* TO ${boss}`),
        () => fixture.root.query(`CREATE DEFINER = ${boss} EVENT orders.e ON SCHEDULE EVERY 1 DAY DO DO 1`),
      ],
      () => fixture.root.query("DROP EVENT orders.e"),
    ],
  ];

  it.each(byGrant)("is left out and named, and holds up nobody: %s", async (_what, reason, acts, repair) => {
    for (const act of acts) await act();
    const roster = rosterOf({ boss: "read", ann: "read" });
    const plan = await fixture.preview("orders", roster);
    expect(plan.body.status).toBe("changes");
    expect(plan.body.notes[0]).toMatch(
      /^LEFT OUT: sl_boss\. .* All other statements run, and the apply then ends with/,
    );
    expect(plan.body.notes[0]).toMatch(reason);
    expect(plan.summary).toMatch(/; left out: sl_boss/);
    await expect(fixture.apply("orders", roster, plan)).rejects.toThrow(
      /^AccountsLeftOut: .*Left out: sl_boss\./,
    );
    // Everybody else is as declared, and nothing is claimed about the one that is left out.
    expect(await canRead("sl_ann")).toBe(true);
    expect(await fixture.accounts()).toEqual(["sl_ann", "sl_boss"]);
    const sent = fixture.events("access.granted", "access.changed", "access.revoked").slice(-2);
    expect(sent.map(({ detail, type }) => [type, (detail as { account: string }).account])).toEqual([
      ["access.granted", "sl_ann"],
      ["access.revoked", "sl_mal"],
    ]);
    const next = await fixture.preview("orders", roster);
    expect(next).toMatchObject({ pending: 1 });
    expect(next.body.notes[0]).toMatch(/^LEFT OUT: sl_boss/);
    await expect(fixture.apply("orders", roster, next)).rejects.toThrow(/^AccountsLeftOut/);
    await repair();
    await fixture.planAndApply("orders", roster);
    await expect(as("sl_boss", "INSERT INTO orders.t VALUES (1)")).rejects.toThrow(/denied/);
    expect((await fixture.preview("orders", roster)).pending).toBe(0);
  });

  it("still refuses a roster that is wrong itself, before anything runs", async () => {
    await fixture.root.query(`GRANT SYSTEM_USER ON *.* TO ${boss}`);
    const roster = { ...rosterOf({ ann: "read" }), roles: { read: ["CREATE ROUTINE" as const] } };
    await fixture.root.query("REVOKE CREATE ROUTINE ON *.* FROM 'admin'@'%'");
    try {
      const plan = await fixture.preview("orders", roster);
      expect(plan.body.status).toBe("refused");
      expect(plan.body.notes.join()).toMatch(/lacks CREATE ROUTINE on .* and cannot give it to 'sl_ann'/);
      expect(await fixture.accounts()).toEqual(["sl_boss", "sl_mal"]);
    } finally {
      await fixture.root.query("GRANT CREATE ROUTINE ON *.* TO 'admin'@'%' WITH GRANT OPTION");
      await fixture.root.query("REVOKE CREATE ROUTINE ON mysql.* FROM 'admin'@'%'").catch(() => {});
      await fixture.root.query(`REVOKE SYSTEM_USER ON *.* FROM ${boss}`);
    }
  });

  it.each([
    ["it gets a table", "sl_eve", "GRANT SELECT ON orders.t TO 'sl_eve'@'%'"],
    ["it gets more on a table of its database", "sl_boss", "GRANT DELETE ON orders.t TO 'sl_boss'@'%'"],
    ["it gets a database", "sl_boss", "GRANT SELECT ON sys.* TO 'sl_boss'@'%'"],
    ["its grant is taken", "sl_boss", "REVOKE ALL ON orders.* FROM 'sl_boss'@'%'"],
  ])("is left out of an apply if it changed since the plan: %s", async (_what, account, sql) => {
    await fixture.planAndApply("orders", rosterOf({ mal: "read", boss: "write", eve: "read" }));
    const roster = rosterOf({ boss: "write", eve: "read", ann: "read" });
    const plan = await fixture.preview("orders", roster);
    await fixture.root.query(sql);
    await expect(fixture.apply("orders", roster, plan)).rejects.toThrow(
      new RegExp(`^DatabaseMoved: .* Left out: ${account}\\. ${account} changed since the plan`),
    );
    expect(await canRead("sl_ann")).toBe(true);
    expect(await fixture.accounts()).toEqual(["sl_ann", "sl_boss", "sl_eve"]);
    await fixture.planAndApply("orders", roster);
    expect((await fixture.grants("sl_boss")).slice(1)).toEqual([
      "GRANT SELECT, INSERT, UPDATE ON `orders`.* TO `sl_boss`@`%`",
    ]);
  });
});
