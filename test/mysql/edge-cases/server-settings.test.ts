import { effectsOf, loginTakers } from "../../../core/mysql";
import { Cluster, IAM, MODES } from "../../support/cluster";
import { rows } from "../../support/mysql-login";
import { rosterOf } from "../../support/observed";
import { passwordCredentials } from "../../support/registry";

const READ = rosterOf({ sl_jane: { orders: "read" } });
const reads = ["orders SELECT"];
const NO_ROLE_ADMIN = "REVOKE ROLE_ADMIN ON *.* FROM 'rds_superuser_role'@'%'";

describe.each(MODES)("settings of the server, %s", (_mode, options) => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start(options);
  }, 180_000);
  afterAll(() => cluster?.stop());
  beforeEach(() => cluster.clean());
  afterEach(() =>
    cluster.byHand(
      "SET GLOBAL max_join_size = DEFAULT",
      "SET GLOBAL sql_big_selects = ON",
      "SET GLOBAL mandatory_roles = ''",
      "GRANT ROLE_ADMIN ON *.* TO 'rds_superuser_role'@'%' WITH GRANT OPTION",
    ),
  );

  it.each(["SET GLOBAL max_join_size = 1", "SET GLOBAL sql_big_selects = OFF"])(
    "that limit joins stop no run: %s",
    async setting => {
      await cluster.byHand(`CREATE USER sl_bob ${IAM}`, "SET GLOBAL max_join_size = 1", setting);
      const session = await Cluster.connect(cluster.server, passwordCredentials(cluster.server));
      expect((await cluster.observe(session)).observed.accounts.map(({ user }) => user)).toEqual(["sl_bob"]);
      session.destroy();
    },
  );

  it.each<[string, () => Promise<unknown>]>([
    ["at first", async () => {}],
    ["after a look", () => cluster.observe()],
    ["after they ran", () => cluster.bring(READ)],
  ])(
    "give account statements the default database mysql, by which filters of replication go: %s",
    async (_, act) => {
      const another = await Cluster.connect(cluster.server, passwordCredentials(cluster.server));
      await act();
      for (const session of [cluster.session, another])
        expect(await session.query("SELECT DATABASE() AS db")).toEqual([{ db: "mysql" }]);
      another.destroy();
    },
  );

  it("every privilege that the administrator has is taken back, by statements that a change set permits", async () => {
    const [all] = (await cluster.root.query("SHOW PRIVILEGES")) as unknown as [{ Privilege: string }[]];
    const held = (await cluster.session.query("SHOW GRANTS")) as object[];
    const grants = held
      .flatMap(row => Object.values(row) as string[])
      .filter(line => / ON \*\.\* /.test(line));
    const privileges = all
      .map(({ Privilege }) => Privilege.toUpperCase())
      .filter(name => grants.some(line => new RegExp(`[ ,]${name}[ ,]`).test(line)));
    expect(privileges.length).toBeGreaterThan(30);
    await cluster.byHand(`CREATE USER sl_jane ${IAM}`);
    for (const name of privileges) await cluster.byHand(`GRANT ${name} ON *.* TO sl_jane`);
    const { statements } = await cluster.bring(READ);
    const effects = statements.flatMap(({ sql }) => effectsOf(sql) ?? [`not read: ${sql}`]);
    expect(effects.filter(effect => effect.startsWith("not read"))).toEqual([]);
    // An administrator with restrictions cannot revoke what has none: the account is created again.
    if (options.partialRevokes) expect(statements[0]!.sql).toBe("DROP USER 'sl_jane'@'%'");
    else for (const name of privileges) expect(effects).toContain(`revoke|'sl_jane'@'%'|*.*|${name}`);
  });

  describe("accounts without a name", () => {
    afterEach(() =>
      cluster.byHand(
        ...["127.0.0.1", "127.%", "127.0.0.0/255.0.0.0", "%", ""].map(
          host => `DROP USER IF EXISTS ''@'${host}'`,
        ),
      ),
    );

    it.each([
      ["127.0.0.1", true],
      ["127.%", true],
      ["127.0.0.0/255.0.0.0", true],
      ["%", false],
      ["", false],
    ])("are named where they take logins: %s", async (host, takes) => {
      await cluster.bring(READ);
      await cluster.byHand(`CREATE USER ''@'${host}' ACCOUNT LOCK`);
      expect(await cluster.access("sl_jane")).toEqual(takes ? [] : reads);
      const { observed } = await cluster.observe();
      expect(loginTakers(observed)).toEqual(takes ? [`''@'${host}' (takes every login from there)`] : []);
      await cluster.byHand(`DROP USER ''@'${host}'`);
      expect(await cluster.access("sl_jane")).toEqual(reads);
    });
  });

  describe("mandatory_roles", () => {
    it.each([
      ["with a host", "'app_all'@'10.%'", "app_all@10.%"],
      ["without a host", "app_all", "app_all"],
      ["quoted, of several", "`app_all`@`%`", "app_other@%, `app_all`@`%`"],
    ])("a role that everybody has is no difference, and no statement fails: %s", async (_, role, setting) => {
      await cluster.byHand(
        `CREATE USER sl_jane ${IAM}`,
        `CREATE ROLE ${role}`,
        `GRANT SELECT ON orders.* TO ${role}`,
        `GRANT ${role} TO sl_jane`,
        `SET GLOBAL mandatory_roles = '${setting}'`,
      );
      const plan = await cluster.bring(READ);
      expect(plan.statements.map(({ sql }) => sql)).toEqual(["GRANT SELECT ON `orders`.* TO 'sl_jane'@'%'"]);
      expect(plan.notes.join()).toMatch(
        /Every account has the role 'app_all'@'(10\.)?%'|Every account has the roles/,
      );
      await cluster.byHand("SET GLOBAL mandatory_roles = ''");
      await cluster.bring(READ);
      expect((await cluster.account("sl_jane")).roles).toEqual([]);
      await cluster.byHand(`DROP ROLE ${role}`);
    });

    it("an account that is one is locked and loses its grants, since the server does not drop it", async () => {
      await cluster.byHand(
        `CREATE USER sl_bob ${IAM}`,
        "GRANT SELECT, INSERT ON orders.* TO sl_bob",
        "SET GLOBAL mandatory_roles = 'sl_bob'",
      );
      const plan = await cluster.bring(rosterOf({}), { previouslyDeclared: ["sl_bob"] });
      expect(plan.statements.map(({ sql }) => sql)).toEqual([
        "ALTER USER 'sl_bob'@'%' ACCOUNT LOCK",
        "REVOKE SELECT, INSERT ON `orders`.* FROM 'sl_bob'@'%'",
      ]);
      expect(plan.notGone).toEqual([{ user: "sl_bob", host: "%", objects: ["a mandatory role"] }]);
      expect(plan.notes.join()).toMatch(/'sl_bob'@'%' has to be removed, but is a mandatory role/);
      await expect(cluster.logIn("sl_bob")).rejects.toThrow();
      await cluster.byHand("SET GLOBAL mandatory_roles = ''");
      await cluster.bring(rosterOf({}), { previouslyDeclared: ["sl_bob"] });
      expect(await rows(cluster.root, "SELECT 1 FROM mysql.user WHERE User = 'sl_bob'")).toEqual([]);
    });
  });

  it.each(["nothing", "another role with ADMIN OPTION"])(
    "an administrator that may not revoke a role creates the account again, shown in the plan: it has %s",
    async has => {
      await cluster.byHand(
        "CREATE ROLE IF NOT EXISTS app_role, app_other",
        "GRANT SELECT, DELETE ON orders.* TO app_role",
        `CREATE USER sl_jane ${IAM}`,
        "GRANT app_role TO sl_jane",
        NO_ROLE_ADMIN,
      );
      if (has !== "nothing") await cluster.byHand("GRANT app_other TO 'admin'@'%' WITH ADMIN OPTION");
      const plan = await cluster.bring(READ);
      expect(plan.statements.map(({ sql }) => sql.split(" ").slice(0, 2).join(" "))).toEqual([
        "DROP USER",
        "CREATE USER",
        "GRANT SELECT",
      ]);
      expect(plan.notes.join()).toContain("cannot be revoked (role 'app_role'@'%')");
      expect(await cluster.access("sl_jane")).toEqual(reads);
      expect((await cluster.account("sl_jane")).roles).toEqual([]);
    },
  );

  it("an administrator with ADMIN OPTION on a role revokes it without ROLE_ADMIN", async () => {
    await cluster.byHand(
      "CREATE ROLE IF NOT EXISTS app_role",
      `CREATE USER sl_jane ${IAM}`,
      "GRANT app_role TO sl_jane",
      NO_ROLE_ADMIN,
      "GRANT app_role TO 'admin'@'%' WITH ADMIN OPTION",
    );
    const plan = await cluster.bring(READ);
    expect(plan.statements.map(({ sql }) => sql)).toContain("REVOKE 'app_role'@'%' FROM 'sl_jane'@'%'");
  });
});
