import { assertCeiling } from "../../../core/decisions/check-ceiling";
import { DEFAULT_CEILING } from "../../../core/roster/ceiling";
import { BY_PASSWORD, Cluster, IAM, MODES } from "../../support/cluster";
import { iamToken, logIn, PASSWORD } from "../../support/mysql-login";
import { rosterOf } from "../../support/observed";
import { registryEntry } from "../../support/registry";

/** How accounts of long ago log in, and those of today. */
const PLUGINS = ["mysql_native_password", "caching_sha2_password"] as const;
const READ = rosterOf({ sl_jane: { orders: "read" } });
const reads = ["orders SELECT"];

describe.each(MODES)("accounts, %s", (_mode, options) => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.start(options);
  }, 180_000);
  afterAll(() => cluster?.stop());
  beforeEach(() => cluster.clean());

  const letsIn = (user: string, secret: string) =>
    logIn(cluster.server, user, secret).then(
      connection => {
        connection.destroy();
        return true;
      },
      () => false,
    );

  it.each(PLUGINS)("19: an account by %s is taken over only with a note in the plan", async plugin => {
    await cluster.byHand(
      `CREATE USER sl_jane IDENTIFIED WITH ${plugin} BY '${PASSWORD}'`,
      "GRANT SELECT ON orders.* TO sl_jane",
    );
    expect((await cluster.plan(READ)).notes).toEqual([
      `'sl_jane'@'%' exists and logs in by ${plugin}. It is taken over: it logs in by IAM token from then on, and its present login ends.`,
    ]);
    // Before anybody saw a plan it is not touched at all.
    const unseen = await cluster.plan(READ, { onlyCreate: true });
    expect(unseen).toMatchObject({ statements: [], waiting: 1 });
    expect(await letsIn("sl_jane", PASSWORD)).toBe(true);

    await cluster.bring(READ);
    expect(await letsIn("sl_jane", PASSWORD)).toBe(false);
    expect(await letsIn("sl_jane", await iamToken(cluster.server, "sl_jane"))).toBe(true);
    expect(await cluster.access("sl_jane")).toEqual(reads);
  });

  it.each(PLUGINS)(
    "20: from %s to IAM the grants stay and both passwords end, as the plan says",
    async plugin => {
      await cluster.byHand(
        `CREATE USER sl_jane IDENTIFIED WITH ${plugin} BY '${PASSWORD}'`,
        "GRANT SELECT ON orders.* TO sl_jane",
        "ALTER USER sl_jane IDENTIFIED BY 'Second-one-2' RETAIN CURRENT PASSWORD",
      );
      // The stand-in for mysql_native_password on 9.7 knows no second password.
      const isSecond = plugin === "caching_sha2_password" || cluster.server.line === "8.0";
      expect([await letsIn("sl_jane", PASSWORD), await letsIn("sl_jane", "Second-one-2")]).toEqual([
        isSecond,
        true,
      ]);
      const { notes, statements } = await cluster.bring(READ);
      expect(statements.map(({ sql }) => sql)).toEqual([
        expect.stringMatching(/^ALTER USER 'sl_jane'@'%' IDENTIFIED WITH AWS/),
      ]);
      expect(notes).toEqual([expect.stringContaining("its present login ends")]);
      expect([await letsIn("sl_jane", PASSWORD), await letsIn("sl_jane", "Second-one-2")]).toEqual([
        false,
        false,
      ]);
      expect(await cluster.account("sl_jane")).toMatchObject({ secondPassword: false });
      expect(await cluster.access("sl_jane")).toEqual(reads);
    },
  );

  it("20: a second RETAIN CURRENT PASSWORD locks out the password in use, which is why none is ever written", async () => {
    await cluster.byHand(`CREATE USER sl_jane ${BY_PASSWORD}`);
    for (const password of ["Second-one-2", "Third-one-3"])
      await cluster.byHand(`ALTER USER sl_jane IDENTIFIED BY '${password}' RETAIN CURRENT PASSWORD`);
    expect([await letsIn("sl_jane", PASSWORD), await letsIn("sl_jane", "Second-one-2")]).toEqual([
      false,
      true,
    ]);
    expect((await cluster.sql(READ)).join()).not.toMatch(/RETAIN/);
  });

  const LOGIN = `IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'`;
  // mysql2 gives the same token to each factor; other clients ask for a second password.
  it.each([
    [
      "FAILED_LOGIN_ATTEMPTS 1 PASSWORD_LOCK_TIME UNBOUNDED",
      "FAILED_LOGIN_ATTEMPTS 0 PASSWORD_LOCK_TIME 0",
      true,
    ],
    ["FAILED_LOGIN_ATTEMPTS 1 PASSWORD_LOCK_TIME 2", "FAILED_LOGIN_ATTEMPTS 0 PASSWORD_LOCK_TIME 0", true],
    [`ADD 2 FACTOR ${LOGIN}`, "DROP 2 FACTOR", false],
    [`ADD 2 FACTOR ${LOGIN} ADD 3 FACTOR ${LOGIN}`, "DROP 2 FACTOR DROP 3 FACTOR", false],
  ])(
    "what keeps people out without a trace in grants is shown and put right: %s",
    async (set, undo, isOut) => {
      const roster = rosterOf({ sl_jane: { orders: "read" }, sl_bob: { orders: "read" } });
      await cluster.bring(roster);
      const before = await cluster.describe("sl_jane");
      await cluster.byHand(`ALTER USER sl_jane ${set}`);
      expect(await letsIn("sl_jane", "a wrong token")).toBe(false);
      expect(await letsIn("sl_jane", await iamToken(cluster.server, "sl_jane"))).toBe(!isOut);

      const plan = await cluster.bring(roster);
      expect(plan.statements.map(({ sql }) => sql)).toEqual([`ALTER USER 'sl_jane'@'%' ${undo}`]);
      // Her open sessions stay: nothing was taken from her.
      expect(plan.endSessions).toEqual([]);
      expect(await letsIn("sl_jane", await iamToken(cluster.server, "sl_jane"))).toBe(true);
      expect(await cluster.describe("sl_jane")).toEqual(before);
    },
  );

  it("a takeover leaves no factor and no lock, and accounts with the same share a statement", async () => {
    for (const user of ["sl_bob", "sl_jane"])
      await cluster.byHand(
        `CREATE USER ${user} ${BY_PASSWORD} AND ${LOGIN} FAILED_LOGIN_ATTEMPTS 2 PASSWORD_LOCK_TIME 1`,
      );
    const plan = await cluster.bring(rosterOf({ sl_jane: { orders: "read" }, sl_bob: { orders: "read" } }));
    expect(plan.statements.map(({ sql }) => sql)).toEqual(
      expect.arrayContaining([
        "ALTER USER 'sl_bob'@'%' DROP 2 FACTOR, 'sl_jane'@'%' DROP 2 FACTOR",
        "ALTER USER 'sl_bob'@'%', 'sl_jane'@'%' FAILED_LOGIN_ATTEMPTS 0 PASSWORD_LOCK_TIME 0",
      ]),
    );
    expect(await cluster.access("sl_jane")).toEqual(reads);
    expect(await letsIn("sl_jane", PASSWORD)).toBe(false);
  });

  it.each([
    "COMMENT 'on leave'",
    `ATTRIBUTE '{"team": "a"}'`,
    "PASSWORD EXPIRE NEVER",
    "PASSWORD HISTORY 3 PASSWORD REUSE INTERVAL 9 DAY PASSWORD REQUIRE CURRENT",
  ])("what changes no login by token is left as it is: %s", async set => {
    await cluster.bring(READ);
    await cluster.byHand(`ALTER USER sl_jane ${set}`);
    expect(await cluster.access("sl_jane")).toEqual(reads);
    expect(await cluster.sql(READ)).toEqual([]);
  });

  it("21: a granted role is inactive until it is default, and is taken away either way", async () => {
    await cluster.byHand("CREATE ROLE app_role", "GRANT DELETE ON orders.* TO app_role");
    await cluster.byHand(
      `CREATE USER sl_jane ${IAM}`,
      "GRANT app_role TO sl_jane",
      "GRANT SELECT ON orders.* TO sl_jane",
    );
    expect(await cluster.access("sl_jane")).toEqual(reads);
    expect(await cluster.account("sl_jane")).toMatchObject({
      roles: [{ user: "app_role" }],
      defaultRoles: [],
    });
    await cluster.byHand("SET DEFAULT ROLE app_role TO sl_jane");
    expect(await cluster.access("sl_jane")).toEqual([...reads, "orders DELETE"]);

    const { statements } = await cluster.bringWatched("sl_jane", READ);
    expect(statements.map(({ sql }) => sql)).toEqual(["REVOKE 'app_role'@'%' FROM 'sl_jane'@'%'"]);
    expect(await cluster.account("sl_jane")).toMatchObject({ roles: [], defaultRoles: [] });
    expect(await cluster.access("sl_jane")).toEqual(reads);
  });

  it("21: locking an account that is used as a role does not stop the role, and the plan says so", async () => {
    await cluster.byHand(
      `CREATE USER sl_team ${IAM}`,
      "GRANT SELECT ON orders.* TO sl_team",
      ...[
        `CREATE USER slack_bot ${BY_PASSWORD}`,
        "GRANT sl_team TO slack_bot",
        "SET DEFAULT ROLE ALL TO slack_bot",
      ],
    );
    const { notes } = await cluster.bring(rosterOf({}), { unmanaged: "lock" });
    expect(await cluster.access("sl_team")).toEqual([]);
    expect(await cluster.access("slack_bot")).toEqual(reads);
    expect(notes).toContain(
      "'sl_team'@'%' is granted as a role to 'slack_bot'@'%'. They keep its privileges although it is locked.",
    );
    const dropped = await cluster.bring(rosterOf({}), { previouslyDeclared: ["sl_team"] });
    expect(dropped.notes).toContain(
      "'sl_team'@'%' is granted as a role to 'slack_bot'@'%'. THEY LOSE what it gives them, when it is dropped.",
    );
    expect(await cluster.access("slack_bot")).toEqual([]);
  });

  it.each([
    ["another account", ["GRANT sl_team TO slack_bot"], "'slack_bot'@'%'"],
    [
      "a role of another account",
      ["CREATE ROLE app_role", "GRANT sl_team TO app_role", "GRANT app_role TO slack_bot"],
      "'app_role'@'%', 'slack_bot'@'%'",
    ],
  ])(
    "each account that has another as a role is named when it is created again: %s",
    async (_, setup, named) => {
      await cluster.byHand(
        `CREATE USER sl_team ${IAM}`,
        // The administrator lacks FILE, and so cannot revoke it.
        "GRANT FILE ON *.* TO sl_team",
        "GRANT SELECT ON orders.* TO sl_team",
        `CREATE USER slack_bot ${BY_PASSWORD}`,
        ...setup,
        "SET DEFAULT ROLE ALL TO slack_bot",
      );
      expect(await cluster.access("slack_bot")).toEqual(reads);
      const { notes, statements } = await cluster.bring(rosterOf({ sl_team: { orders: "read" } }));
      expect(statements[0]!.sql).toBe("DROP USER 'sl_team'@'%'");
      expect(notes).toContain(
        `'sl_team'@'%' is granted as a role to ${named}. THEY LOSE what it gives them, and nobody grants it to them again.`,
      );
      expect(await cluster.access("slack_bot")).toEqual([]);
    },
  );

  it("22: lists of roles and privileges compare as sets", async () => {
    const roster = (privileges: readonly ("SELECT" | "INSERT" | "UPDATE")[]) =>
      rosterOf({ sl_jane: { orders: "own", app_prod: "own" } }, { own: privileges });
    await cluster.bring(roster(["SELECT", "INSERT", "UPDATE"]));
    expect(await cluster.sql(roster(["UPDATE", "SELECT", "INSERT", "SELECT"]))).toEqual([]);

    const taken: string[][] = [];
    for (const order of ["app_a, app_b", "app_b, app_a"]) {
      await cluster.byHand("CREATE ROLE app_a, app_b", `GRANT ${order} TO sl_jane`);
      taken.push(await cluster.sql(READ));
      await cluster.byHand("DROP ROLE app_a, app_b");
    }
    expect(taken[0]).toEqual(taken[1]);
  });

  it("23: accounts of the server and of AWS are never altered, whatever a roster says", async () => {
    const names = [
      "rdsadmin",
      "rdsproxyadmin",
      "rds_superuser_role",
      "AWS_LAMBDA_ACCESS",
      "mysql.sys",
      "mysql.session",
      "root",
      "admin",
      "slack_bot",
    ];
    await cluster.byHand(`CREATE USER slack_bot ${BY_PASSWORD}`);
    const all = async () => {
      const others = (await cluster.accounts()).filter(({ user }) => !user.startsWith("sl_"));
      return Promise.all(others.map(({ user, host }) => cluster.describe(user, host)));
    };
    const before = await all();
    expect(before.length).toBeGreaterThanOrEqual(names.length);
    const entry = registryEntry(cluster.server, { ceiling: DEFAULT_CEILING });
    for (const name of names) {
      expect(() => assertCeiling(rosterOf({ [name]: { orders: "read" } }), entry)).toThrow(/Nothing ran/);
      expect(await cluster.sql(rosterOf({}), { previouslyDeclared: [name], unmanaged: "remove" })).toEqual(
        [],
      );
    }
    await cluster.byHand(`CREATE USER sl_mallory ${BY_PASSWORD}`);
    await cluster.bring(READ, { unmanaged: "remove", previouslyDeclared: names });
    expect(await all()).toEqual(before);
  });

  it("23: the connection's own account is never altered, also where it bears the prefix", async () => {
    await cluster.byHand(
      `CREATE USER sl_admin IDENTIFIED BY '${PASSWORD}'`,
      "GRANT SELECT, INSERT, UPDATE, CREATE USER ON *.* TO sl_admin WITH GRANT OPTION",
      "GRANT PROCESS, CONNECTION_ADMIN, EVENT, TRIGGER ON *.* TO sl_admin",
    );
    const credentials = { login: async () => ({ user: "sl_admin", password: PASSWORD, token: false }) };
    const session = await Cluster.connect(cluster.server, credentials);
    for (const unmanaged of ["remove", "lock", "report"] as const) {
      const plan = await cluster.plan(rosterOf({}), { unmanaged, previouslyDeclared: ["sl_admin"] }, session);
      expect(plan).toMatchObject({ statements: [], problems: [] });
    }
    const declared = await cluster.plan(rosterOf({ sl_admin: { orders: "read" } }), {}, session);
    expect(declared.problems).toEqual([
      "'sl_admin'@'%' is the administrator that the reconciler logs in as, and is never altered: take it out of the roster.",
    ]);
    session.destroy();
  });
});
