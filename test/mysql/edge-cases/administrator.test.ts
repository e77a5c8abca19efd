import type { Roster } from "../../../core/roster/roster";
import { Cluster, IAM, MODES } from "../../support/cluster";
import { rosterOf } from "../../support/observed";
import { passwordCredentials } from "../../support/registry";

const WRITE = rosterOf({ sl_jane: { orders: "write" } });
const writes = ["orders SELECT", "orders INSERT", "orders UPDATE"];
const LOSES = "REVOKE INSERT, UPDATE ON *.* FROM 'admin'@'%'";
const INNER = ["CREATE ROLE app_inner", "GRANT INSERT, UPDATE ON *.* TO app_inner WITH GRANT OPTION"];
const OUTER = ["CREATE ROLE app_outer", "GRANT app_inner TO app_outer", "GRANT app_outer TO 'admin'@'%'"];

describe.each(MODES)("an administrator, %s,", (_mode, { partialRevokes }) => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start({ partialRevokes });
    await cluster.byHand("GRANT SELECT ON mysql.* TO 'admin'@'%'");
  }, 180_000);
  afterAll(() => cluster?.stop());
  beforeEach(() => cluster.clean());
  afterEach(() =>
    cluster.byHand(
      "SET DEFAULT ROLE rds_superuser_role TO 'admin'@'%'",
      "GRANT SELECT, INSERT, UPDATE ON *.* TO 'admin'@'%' WITH GRANT OPTION",
      ...(partialRevokes ? ["REVOKE INSERT, UPDATE ON mysql.* FROM 'admin'@'%'"] : []),
      "GRANT SELECT ON mysql.* TO 'admin'@'%'",
      "DELETE FROM mysql.db WHERE User = 'admin' AND Db <> 'mysql'",
      "FLUSH PRIVILEGES",
    ),
  );

  const connect = () => Cluster.connect(cluster.server, passwordCredentials(cluster.server));
  /** Plans as a new login of the administrator, and runs what has no problem. */
  async function bringAs(roster: Roster) {
    const session = await connect();
    const plan = await cluster.plan(roster, {}, session);
    if (plan.problems.length === 0) for (const { sql } of plan.statements) await session.query(sql);
    session.destroy();
    return plan;
  }

  it.each([
    [
      "a role of its role",
      [...INNER, ...OUTER, "SET DEFAULT ROLE app_outer, rds_superuser_role TO 'admin'@'%'"],
    ],
    [
      "a role three levels down",
      [
        ...INNER,
        ...OUTER,
        ...["CREATE ROLE app_top", "GRANT app_outer TO app_top", "GRANT app_top TO 'admin'@'%'"],
        "SET DEFAULT ROLE app_top, rds_superuser_role TO 'admin'@'%'",
      ],
    ],
    ["a row of one database", ["GRANT INSERT, UPDATE ON orders.* TO 'admin'@'%'"]],
    [
      "a row of one database with GRANT OPTION",
      ["GRANT INSERT, UPDATE ON orders.* TO 'admin'@'%' WITH GRANT OPTION"],
    ],
  ])("gives and takes what it has by %s", async (_, setup) => {
    await cluster.byHand(LOSES, ...setup);
    expect((await bringAs(WRITE)).problems).toEqual([]);
    expect(await cluster.access("sl_jane")).toEqual(writes);
    const taken = await bringAs(rosterOf({ sl_jane: { orders: "read" } }));
    expect(taken.statements.map(({ sql }) => sql)).toEqual([
      "REVOKE INSERT, UPDATE ON `orders`.* FROM 'sl_jane'@'%'",
    ]);
    expect(await cluster.access("sl_jane")).toEqual(["orders SELECT"]);
  });

  it.each([
    ["with GRANT OPTION", "GRANT SELECT ON appXprod.* TO 'admin'@'%' WITH GRANT OPTION"],
    ["with all privileges", "GRANT ALL ON appXprod.* TO 'admin'@'%' WITH GRANT OPTION"],
    ["of a pattern", "GRANT ALL ON `app%`.* TO 'admin'@'%' WITH GRANT OPTION"],
  ])("still reads what it lacks elsewhere if it has a row of another database %s", async (_, row) => {
    await cluster.byHand(LOSES, row);
    const { problems } = await bringAs(WRITE);
    expect(problems).toEqual([
      "The administrator 'admin'@'%' lacks INSERT, UPDATE on orders and cannot give it to 'sl_jane'@'%'.",
    ]);
  });

  const ACTIVATE = "SET DEFAULT ROLE ALL TO 'admin'@'%'";
  it("with a role that is not active reads so where it lacks what the role gives", async () => {
    await cluster.byHand(LOSES, ...INNER, ...OUTER);
    const { problems } = await bringAs(WRITE);
    expect(problems.join()).toMatch(/lacks INSERT, UPDATE on orders .*role.* 'app_outer'@'%'.*not active/);
    expect(problems.join()).toContain(ACTIVATE);
    await cluster.byHand(ACTIVATE);
    expect((await bringAs(WRITE)).problems).toEqual([]);
    expect(await cluster.access("sl_jane")).toEqual(writes);
  });

  it("with a role that is not active reads so where it cannot even look, or end sessions", async () => {
    await cluster.byHand("SET DEFAULT ROLE NONE TO 'admin'@'%'");
    const session = await connect();
    const lacking = await cluster.plan(WRITE, {}, session);
    expect(lacking.problems.join()).toMatch(/lacks CONNECTION_ADMIN.*'rds_superuser_role'@'%'.*not active/);
    session.destroy();
    await cluster.byHand(
      "CREATE ROLE app_looks",
      "GRANT SELECT ON *.* TO app_looks",
      "GRANT app_looks TO 'admin'@'%'",
      "REVOKE SELECT ON mysql.* FROM 'admin'@'%'",
      "REVOKE SELECT ON *.* FROM 'admin'@'%'",
    );
    const blind = await connect();
    await expect(cluster.observe(blind)).rejects.toThrow(
      /SELECT command denied.*'app_looks'@'%'.*not active.*SET DEFAULT ROLE ALL TO 'admin'@'%'/,
    );
    blind.destroy();
    await cluster.byHand(ACTIVATE);
    const seeing = await connect();
    expect((await cluster.observe(seeing)).observed.inactiveRoles).toEqual([]);
    seeing.destroy();
  });

  it("revokes a role on which its own role has ADMIN OPTION", async () => {
    await cluster.byHand(
      "CREATE ROLE app_outer, app_role",
      `CREATE USER sl_jane ${IAM}`,
      "GRANT app_role TO sl_jane",
      "GRANT app_role TO app_outer WITH ADMIN OPTION",
      "GRANT app_outer TO 'admin'@'%'",
      "SET DEFAULT ROLE app_outer, rds_superuser_role TO 'admin'@'%'",
      "REVOKE ROLE_ADMIN ON *.* FROM 'rds_superuser_role'@'%'",
    );
    const { statements } = await bringAs(rosterOf({ sl_jane: { orders: "read" } }));
    expect(statements.map(({ sql }) => sql)).toContain("REVOKE 'app_role'@'%' FROM 'sl_jane'@'%'");
    expect((await cluster.account("sl_jane")).roles).toEqual([]);
    await cluster.byHand("GRANT ROLE_ADMIN ON *.* TO 'rds_superuser_role'@'%' WITH GRANT OPTION");
  });
});
