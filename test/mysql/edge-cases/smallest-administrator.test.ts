import { administratorStatements, quoteAccount } from "../../../core/mysql";
import { globalPrivilege, nativeRole, objectKey } from "../../../core/roster/granted-object";
import type { Roster } from "../../../core/roster/roster";
import { usedAccounts } from "../../../lambdas/reconciler/apply/used-accounts";
import { Cluster, MODES } from "../../support/cluster";
import { column as columnOf, logIn, PASSWORD } from "../../support/mysql-login";

const OWN = { user: "app_manager", host: "%" };
const NAME = quoteAccount(OWN);
const column = objectKey({ kind: "TABLE", database: "orders", name: "t", columns: ["a"] });
const ACCESS = {
  roles: { read: ["SELECT", "SHOW VIEW"], write: ["SELECT", "INSERT", "UPDATE", "DELETE"], look: ["SELECT"] },
  accounts: {
    sl_jane: {
      kind: "person",
      user: "jane",
      databases: { orders: { role: "write" }, app_prod: { role: "read" } },
    },
    sl_joe: {
      kind: "person",
      user: "joe",
      databases: {},
      objects: {
        [column]: { role: "look" },
        [objectKey(globalPrivilege("RELOAD"))]: { role: "operator" },
        [objectKey(nativeRole("AWS_LAMBDA_ACCESS"))]: { role: "caller" },
      },
    },
  },
} satisfies Roster;
const WITHOUT_ROLE: Roster = { ...ACCESS, accounts: { sl_jane: ACCESS.accounts.sl_jane } };
const NOBODY: Roster = { roles: {}, accounts: {} };
/** Without these only events of accounts that have to go stay enabled: see docs/first-deployment.md. */
const DEFINERS = ["SET_USER_ID", "SET_ANY_DEFINER", "ALLOW_NONEXISTENT_DEFINER"];

describe.each(MODES)("the administrator of bootstrap-sql, %s,", (_mode, { partialRevokes }) => {
  let cluster: Cluster;
  let statements: readonly string[];
  beforeAll(async () => {
    cluster = await Cluster.start({
      partialRevokes,
      args: [`--performance-schema=${partialRevokes ? "ON" : "OFF"}`],
    });
    const { line } = cluster.server;
    statements = administratorStatements(ACCESS, {
      ...OWN,
      login: "password",
      line: line === "8.0" ? "8.0" : "8.4",
      partialRevokes: partialRevokes === true,
      exists: false,
    });
  }, 180_000);
  afterAll(() => cluster?.stop());
  beforeEach(async () => {
    await cluster.clean();
    const admin = await logIn(cluster.server, cluster.server.admin.username, cluster.server.admin.password);
    for (const sql of statements) await admin.query(sql);
    admin.destroy();
    await cluster.byHand(`ALTER USER ${NAME} IDENTIFIED BY '${PASSWORD}'`);
  });

  const connect = () =>
    Cluster.connect(cluster.server, {
      login: async () => ({ user: OWN.user, password: PASSWORD, token: false }),
    });
  /** Plans and, without problems, runs the statements. Then plans again: nothing is left. */
  async function planAndRun(roster: Roster) {
    const session = await connect();
    try {
      const plan = () => cluster.plan(roster, { previouslyDeclared: ["sl_jane", "sl_joe"] }, session);
      const { problems, statements: found } = await plan();
      if (problems.length > 0) return { problems, left: found };
      for (const { sql } of found) await session.query(sql);
      return { problems, left: (await plan()).statements };
    } finally {
      session.destroy();
    }
  }

  it("gives what a roster declares, and takes it again", async () => {
    expect(await planAndRun(ACCESS)).toEqual({ problems: [], left: [] });
    expect(await cluster.grants("sl_joe")).toContain("GRANT RELOAD ON *.* TO `sl_joe`@`%`");
    expect(await planAndRun(NOBODY)).toEqual({ problems: [], left: [] });
    expect((await cluster.accounts()).filter(({ user }) => user.startsWith("sl_"))).toEqual([]);
  });

  it("reaches no database beyond those of the roster", async () => {
    const own = await logIn(cluster.server, OWN.user, PASSWORD);
    const databases = await columnOf(own, "SHOW DATABASES");
    for (const database of ["app_prod", "orders"]) expect(databases).toContain(database);
    await expect(own.query("SELECT * FROM appXprod.t")).rejects.toMatchObject({ errno: 1142 });
    const give = "GRANT SELECT ON appXprod.* TO 'app_manager'@'%'";
    await expect(own.query(give)).rejects.toMatchObject({ errno: 1044 });
    own.destroy();
  });

  it("is not harmless: it takes over an administrator, and gives its static global privileges", async () => {
    await cluster.byHand("CREATE USER app_master IDENTIFIED BY 'a'", "GRANT SELECT ON *.* TO app_master");
    const own = await logIn(cluster.server, OWN.user, PASSWORD);
    await own.query(`ALTER USER app_master IDENTIFIED BY '${PASSWORD}'`);
    await own.query("GRANT CREATE USER ON *.* TO app_master");
    own.destroy();
    (await logIn(cluster.server, "app_master", PASSWORD)).destroy();
  });

  it("takes a native role that the roster does not have", async () => {
    expect(await planAndRun(WITHOUT_ROLE)).toEqual({ problems: [], left: [] });
    await cluster.byHand("GRANT AWS_LAMBDA_ACCESS TO sl_jane");
    expect(await planAndRun(WITHOUT_ROLE)).toEqual({ problems: [], left: [] });
    expect((await cluster.grants("sl_jane")).join()).not.toContain("AWS_LAMBDA_ACCESS");
  });

  it("drops and creates an account again that somebody gave by hand what it cannot take", async () => {
    expect(await planAndRun(ACCESS)).toEqual({ problems: [], left: [] });
    await cluster.byHand("GRANT SELECT ON appXprod.* TO sl_joe", "GRANT DROP ON orders.* TO sl_jane");
    const session = await connect();
    const { statements: planned } = await cluster.plan(ACCESS, {}, session);
    session.destroy();
    expect(planned[0]!.sql).toBe("DROP USER 'sl_jane'@'%', 'sl_joe'@'%'");
    expect(await planAndRun(ACCESS)).toEqual({ problems: [], left: [] });
    expect((await cluster.grants("sl_joe")).join()).not.toContain("appXprod");
    expect((await cluster.grants("sl_jane")).join()).not.toContain("DROP");
  });

  it("reads performance_schema where that is on, by which an import says who has logged in", async () => {
    const session = await connect();
    const users = async () => (await usedAccounts(session))?.users.includes(OWN.user);
    expect(await users()).toBe(partialRevokes ? true : undefined);
    await cluster.byHand(`REVOKE SELECT ON performance_schema.* FROM ${NAME}`);
    expect(await users()).toBeUndefined();
    session.destroy();
  });

  it("may have INSERT, UPDATE and DELETE on mysql in place of CREATE USER", async () => {
    await cluster.byHand(
      `REVOKE CREATE USER ON *.* FROM ${NAME}`,
      `GRANT INSERT, UPDATE, DELETE ON mysql.* TO ${NAME}`,
    );
    expect(await planAndRun(ACCESS)).toEqual({ problems: [], left: [] });
    expect(await planAndRun(NOBODY)).toEqual({ problems: [], left: [] });
  });

  it("needs each of its privileges, and a plan names the one that is missing", async () => {
    for (const sql of statements.slice(1)) {
      const [, list = "", on = ""] = /^GRANT (.*) ON (.*) TO /.exec(sql)!;
      // Only an import and gentle ends of sessions need it: they have another test.
      if (on === "performance_schema.*") continue;
      for (const privilege of list.split(", ").filter(one => !DEFINERS.includes(one))) {
        await cluster.byHand(`REVOKE ${privilege} ON ${on} FROM ${NAME}`);
        const { problems } = await planAndRun(ACCESS).catch((error: Error) => ({
          problems: [error.message],
        }));
        expect(problems.join(" ")).toMatch(new RegExp(`${privilege}\\b`));
        expect(await cluster.accounts()).not.toContainEqual({ user: "sl_jane", host: "%" });
        await cluster.byHand(sql);
      }
    }
  }, 100_000);

  it("is named, with the statement that helps, where it may not read accounts", async () => {
    await cluster.byHand(`REVOKE SELECT ON mysql.* FROM ${NAME}`);
    await expect(planAndRun(ACCESS)).rejects.toThrow(`run: GRANT SELECT ON mysql.* TO ${NAME}.`);
    await cluster.byHand(`REVOKE CREATE USER ON *.* FROM ${NAME}`, `GRANT SELECT ON mysql.* TO ${NAME}`);
    expect((await planAndRun(ACCESS)).problems).toEqual([
      `The administrator ${NAME} lacks CREATE USER, and cannot create, change and drop accounts. ` +
        `As an account that may grant it, run: GRANT CREATE USER ON *.* TO ${NAME}.`,
    ]);
  });
});
