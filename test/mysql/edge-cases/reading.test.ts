import { assembleStatements, DATABASE_PRIVILEGES, quoteAccount, quoteIdentifier } from "../../../core/mysql";
import { spellDatabase } from "../../../core/mysql/database-name";
import { parsePrivilege } from "../../../core/users/parse-privilege";
import { succeeded } from "../../../lambdas/reconciler/mysql/run-statements";
import { BY_PASSWORD, Cluster, IAM, MODES, NOW } from "../../support/cluster";
import { column, rows } from "../../support/mysql-login";
import { observedAccount, observedState, rosterOf } from "../../support/observed";
import { passwordCredentials } from "../../support/registry";
import { prepareDatabases } from "../../support/try-privileges";
import { usersOf } from "../../unit/reader/users-of";

const READ = rosterOf({ sl_jane: { orders: "read" } });
const reads = ["orders SELECT"];

describe.each(MODES)("reading, %s", (_mode, options) => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.start(options);
  }, 180_000);
  afterAll(() => cluster?.stop());
  beforeEach(() => cluster.clean());

  it("1: ALL on a database reads back as a list, and declared as one it is left alone", async () => {
    await cluster.byHand(`CREATE USER sl_jane ${IAM}`, "GRANT ALL ON orders.* TO sl_jane");
    const all = rosterOf({ sl_jane: { orders: "all" } }, { all: DATABASE_PRIVILEGES });
    expect((await cluster.account("sl_jane")).databases).toEqual([
      { name: "orders", privileges: DATABASE_PRIVILEGES, grantOption: false },
    ]);
    expect(await cluster.sql(all)).toEqual([]);
  });

  it("1: ALL on *.* reads back as a list; it is left out while it holds SYSTEM_USER, and taken away without", async () => {
    await cluster.byHand(`CREATE USER sl_jane ${IAM}`, "GRANT ALL ON *.* TO sl_jane");
    const { dynamicPrivileges, globalPrivileges } = await cluster.account("sl_jane");
    expect(globalPrivileges).toEqual(
      expect.arrayContaining(["SELECT", "SUPER", "CREATE USER", "SHOW DATABASES"]),
    );
    expect(globalPrivileges).not.toContain("ALL");
    expect(dynamicPrivileges.map(p => p.name)).toContain("SYSTEM_USER");
    const { leftOut, statements } = await cluster.plan(READ);
    expect([...leftOut]).toEqual([["sl_jane", expect.stringMatching(/^'sl_jane'@'%' holds SYSTEM_USER: /)]]);
    expect(statements).toEqual([]);

    await cluster.byHand("REVOKE SYSTEM_USER ON *.* FROM sl_jane");
    await cluster.bring(READ);
    expect(await cluster.access("sl_jane")).toEqual(reads);
  });

  it("2: static and dynamic privileges merge, each with its own grant option; taking one account's leaves another's", async () => {
    for (const user of ["sl_jane", "ops_dba"])
      await cluster.byHand(
        `CREATE USER ${user} ${IAM}`,
        `GRANT PROCESS ON *.* TO ${user}`,
        `GRANT CONNECTION_ADMIN ON *.* TO ${user} WITH GRANT OPTION`,
        `GRANT XA_RECOVER_ADMIN ON *.* TO ${user}`,
      );
    const before = await cluster.describe("ops_dba");
    expect(await cluster.account("sl_jane")).toMatchObject({
      globalPrivileges: ["PROCESS"],
      dynamicPrivileges: [
        { name: "CONNECTION_ADMIN", grantOption: true },
        { name: "XA_RECOVER_ADMIN", grantOption: false },
      ],
    });
    await cluster.bring(READ);
    expect(await cluster.account("sl_jane")).toMatchObject({
      globalPrivileges: [],
      globalGrantOption: false,
      dynamicPrivileges: [],
    });
    expect(await cluster.describe("ops_dba")).toEqual(before);
  });

  it("3: roles keep the case and host of their names, Aurora's own are roles too; the account loses them, they stay", async () => {
    await cluster.byHand(
      "CREATE ROLE `App Role`@'10.%'",
      "GRANT SELECT, DELETE ON orders.* TO `App Role`@'10.%'",
      `CREATE USER sl_jane ${IAM}`,
      "GRANT `App Role`@'10.%', AWS_LOAD_S3_ACCESS, rds_superuser_role TO sl_jane",
      "SET DEFAULT ROLE ALL TO sl_jane",
    );
    expect((await cluster.account("sl_jane")).roles).toEqual([
      { user: "AWS_LOAD_S3_ACCESS", host: "%", adminOption: false },
      { user: "App Role", host: "10.%", adminOption: false },
      { user: "rds_superuser_role", host: "%", adminOption: false },
    ]);
    expect(await cluster.access("sl_jane")).toEqual(
      expect.arrayContaining(["orders SELECT", "orders DELETE"]),
    );
    const roles = [["App Role", "10.%"], ["AWS_LOAD_S3_ACCESS"], ["rds_superuser_role"]] as const;
    const before = await Promise.all(roles.map(([user, host]) => cluster.describe(user, host)));

    await cluster.bringWatched("sl_jane", READ);
    expect(await cluster.access("sl_jane")).toEqual(reads);
    expect(await Promise.all(roles.map(([user, host]) => cluster.describe(user, host)))).toEqual(before);
  });

  it("4: partial revokes are read, and an account that has one ends at its roster", async () => {
    await cluster.byHand(`CREATE USER sl_jane ${IAM}`, "GRANT SELECT, INSERT ON *.* TO sl_jane");
    if (options.partialRevokes) await cluster.byHand("REVOKE SELECT ON orders.* FROM sl_jane");
    expect((await cluster.account("sl_jane")).restrictions).toEqual(
      options.partialRevokes ? [{ database: "orders", privileges: ["SELECT"] }] : [],
    );
    await cluster.bringWatched("sl_jane", READ);
    expect(await cluster.account("sl_jane")).toMatchObject({ restrictions: [], globalPrivileges: [] });
    expect(await cluster.access("sl_jane")).toEqual(reads);
  });

  // 8.0 lets a restricted administrator grant such a privilege, and refuses to take it back (3879).
  it("31b: an administrator of 9 or later takes back what it gave with restrictions, and is relied on", async () => {
    await cluster.byHand(`CREATE USER sl_jane ${IAM}`);
    await cluster.session.query("GRANT INSERT, UPDATE ON *.* TO sl_jane");
    const { administrator } = await cluster.observe();
    expect(administrator.revokesRestricted).toBe(false);
    const isAble = cluster.server.line === "9.7" || !options.partialRevokes;
    const plan = await cluster.plan(READ, { administrator: { ...administrator, revokesRestricted: true } });
    expect(plan.statements.map(({ sql }) => sql)).toContain(
      "REVOKE INSERT, UPDATE ON *.* FROM 'sl_jane'@'%'",
    );
    expect(succeeded(await cluster.run(plan))).toBe(isAble);
    if (isAble) expect((await cluster.account("sl_jane")).globalPrivileges).toEqual([]);
  });

  it.each(["INSERT", "INSERT, UPDATE, DELETE", "SELECT, INSERT", "EXECUTE"])(
    "4, 31b: %s on all databases from a restricted administrator bears its restrictions, and is taken back",
    async privileges => {
      const lines = privileges.split(", ").filter(one => one !== "SELECT");
      await cluster.byHand(`CREATE USER sl_jane ${IAM}`);
      await cluster.session.query(`GRANT ${privileges} ON *.* TO sl_jane`);
      expect((await cluster.account("sl_jane")).restrictions).toEqual(
        options.partialRevokes ? [{ database: "mysql", privileges: lines }] : [],
      );
      const plan = await cluster.bring(READ);
      // 9.7 could take it back, but what calls itself 8.4 is not relied on for that.
      const isCreatedAgain = options.partialRevokes;
      const sql = plan.statements.map(statement => statement.sql);
      if (isCreatedAgain) {
        expect(sql.slice(0, 2).map(text => text.split(" ").slice(0, 2).join(" "))).toEqual([
          "DROP USER",
          "CREATE USER",
        ]);
        expect(plan.notes.join()).toContain(`grants that cannot be revoked (${lines[0]} ON *.*`);
        expect(plan.endSessions).toMatchObject([{ user: "sl_jane", host: "%" }]);
      } else expect(sql).toContain(`REVOKE ${privileges} ON *.* FROM 'sl_jane'@'%'`);
      expect(await cluster.account("sl_jane")).toMatchObject({ restrictions: [], globalPrivileges: [] });
      expect(await cluster.access("sl_jane")).toEqual(reads);
    },
  );

  it("5: column lists come in one order with the case of their names, hosts in lower case", async () => {
    const account = "sl_jane@'LAPTOP.Example.COM'";
    await cluster.byHand(
      "CREATE TABLE IF NOT EXISTS orders.Mixed (a INT, `B b` INT, Z INT)",
      `CREATE USER ${account} ${IAM}`,
      `GRANT UPDATE (Z, \`B b\`), SELECT (Z, a) ON orders.Mixed TO ${account}`,
    );
    const read = (await cluster.observe()).observed;
    expect(read.accounts[0]).toMatchObject({
      host: "laptop.example.com",
      tables: [
        {
          table: "Mixed",
          columns: [
            { privilege: "SELECT", columns: ["Z", "a"] },
            { privilege: "UPDATE", columns: ["B b", "Z"] },
          ],
        },
      ],
    });
    await cluster.bring(READ);
    expect(await cluster.accounts()).toContainEqual({ user: "sl_jane", host: "%" });
    expect(await cluster.access("sl_jane")).toEqual(reads);
    await cluster.byHand("DROP TABLE orders.Mixed");
  });

  it("6: a privilege whose name contains ALL is itself alone; names compare without case", async () => {
    await cluster.byHand(
      `CREATE USER sl_jane ${IAM}`,
      "GRANT Firewall_Exempt ON *.* TO sl_jane",
      "GRANT select ON orders.* TO sl_jane",
    );
    expect(await cluster.account("sl_jane")).toMatchObject({
      dynamicPrivileges: [{ name: "FIREWALL_EXEMPT", grantOption: false }],
      databases: [{ privileges: ["SELECT"] }],
    });
    await cluster.bring(READ);
    expect(await cluster.access("sl_jane")).toEqual(reads);
    expect(parsePrivilege("Select")).toEqual({ privileges: ["SELECT"] });
    expect(parsePrivilege("firewall_exempt")).toHaveProperty("message");
    expect(parsePrivilege("all  privileges")).toEqual({ privileges: DATABASE_PRIVILEGES });
  });

  it("7: USAGE is nothing: it is neither seen nor taken away", async () => {
    await cluster.byHand(
      `CREATE USER sl_jane ${IAM}`,
      "GRANT USAGE ON *.* TO sl_jane",
      "GRANT USAGE ON orders.* TO sl_jane",
      "GRANT INSERT ON orders.t TO sl_jane",
      "REVOKE INSERT ON orders.t FROM sl_jane",
    );
    expect(await cluster.account("sl_jane")).toMatchObject({
      globalPrivileges: [],
      databases: [],
      tables: [],
    });
    const { statements } = await cluster.bring(READ);
    expect(statements.map(({ sql }) => sql)).toEqual(["GRANT SELECT ON `orders`.* TO 'sl_jane'@'%'"]);
  });

  it("8: accounts and databases of any name get their access, and slack_bot is not sl_'s", async () => {
    const users = [
      "sl_o'brien",
      'sl_a`b"c',
      "sl_a.b-c d",
      "sl_jane.doe@example.com",
      "sl_\\x",
      "sl_Ä",
      `sl_${"x".repeat(29)}`,
    ];
    const databases = ["o`r'd", "my-db.v1", "a b@c", 'd"q'];
    await prepareDatabases(cluster.root, databases);
    await cluster.byHand(`CREATE USER slack_bot ${BY_PASSWORD}`, `CREATE USER SL_upper ${BY_PASSWORD}`);
    const bystanders = async () => [
      ...(await cluster.describe("slack_bot")),
      ...(await cluster.describe("SL_upper")),
    ];
    const before = await bystanders();
    const roster = rosterOf(
      Object.fromEntries(
        users.map((user, i) => [user, { [databases[i % databases.length]!]: "read", app_prod: "write" }]),
      ),
    );
    await cluster.bring(roster, { unmanaged: "remove" });
    for (const [i, user] of users.entries()) {
      const own = databases[i % databases.length]!;
      expect([user, await cluster.access(user, [own, "app_prod", "appXprod"])]).toEqual([
        user,
        [`${own} SELECT`, ...["SELECT", "INSERT", "UPDATE"].map(p => `app_prod ${p}`)],
      ]);
    }
    await cluster.bring(rosterOf({}), { unmanaged: "remove" });
    expect((await cluster.accounts()).filter(({ user }) => user.startsWith("sl_"))).toEqual([]);
    expect(await bystanders()).toEqual(before);
    await cluster.byHand("DROP USER SL_upper");
  });

  it("8: the 33rd character of an account is refused at synth, the 32nd is not", () => {
    const file = (name: string) => ({
      [`${name}.yaml`]:
        "name: J\nemail: j@example.com\ngrants:\n  - {cluster: orders, databases: [orders], role: read}\n",
    });
    const errors = (name: string) => usersOf(file(name)).problems.map(({ message }) => message);
    expect(errors("x".repeat(29))).toEqual([]);
    expect(errors("x".repeat(30))).toEqual([expect.stringMatching(/33 characters.*32/)]);
  });

  it("8: routine grants of names outside ASCII are found, which the server stores garbled", async () => {
    const database = "sl_Ärger";
    await prepareDatabases(cluster.root, [database]);
    await cluster.byHand(
      `CREATE USER sl_Ä ${IAM}`,
      `CREATE USER sl_jane ${IAM}`,
      "GRANT EXECUTE ON PROCEDURE orders.p TO sl_Ä WITH GRANT OPTION",
      `GRANT EXECUTE, ALTER ROUTINE ON PROCEDURE ${database}.p TO sl_jane`,
    );
    const routine = { routine: "p", type: "PROCEDURE", grantOption: false };
    expect((await cluster.account("sl_Ä")).routines).toEqual([
      { ...routine, database: "orders", privileges: ["EXECUTE"], grantOption: true },
    ]);
    expect((await cluster.account("sl_jane")).routines).toEqual([
      { ...routine, database, privileges: ["EXECUTE", "ALTER ROUTINE"] },
    ]);
    const roster = rosterOf({ sl_Ä: { orders: "read" }, sl_jane: { orders: "read" } });
    await cluster.bring(roster);
    for (const user of ["sl_Ä", "sl_jane"])
      expect(await cluster.access(user, ["orders", database])).toEqual(reads);
    expect(await column(cluster.root, "SELECT User FROM mysql.procs_priv")).toEqual([]);
    await cluster.byHand(`DROP DATABASE ${database}`);
  });

  it("10: what the creator of a routine gets on it by itself is shown, and no drift; ALTER ROUTINE on another's is", async () => {
    const builder = rosterOf({ sl_jane: { orders: "build" } }, { build: ["SELECT", "CREATE ROUTINE"] });
    await cluster.bring(builder);
    const jane = await cluster.logIn("sl_jane");
    await jane.query("CREATE PROCEDURE orders.Own() SELECT COUNT(*) FROM orders.t");
    expect((await cluster.account("sl_jane")).routines).toHaveLength(1);
    const plan = await cluster.plan(builder);
    expect(plan.statements).toEqual([]);
    expect(plan.notes).toEqual([
      expect.stringMatching(/^'sl_jane'@'%' holds EXECUTE, ALTER ROUTINE on PROCEDURE orders\.own, /i),
    ]);
    expect(await rows(jane, "SELECT 1 AS ok")).toEqual([{ ok: 1 }]);
    jane.destroy();

    await cluster.byHand("GRANT ALTER ROUTINE ON PROCEDURE orders.p TO sl_jane");
    expect(await cluster.sql(builder)).toEqual([
      "REVOKE ALTER ROUTINE ON PROCEDURE `orders`.`p` FROM 'sl_jane'@'%'",
    ]);
    // Without CREATE ROUTINE what it had by itself goes too.
    await cluster.bring(READ);
    expect((await cluster.account("sl_jane")).routines).toEqual([]);
    await cluster.byHand("DROP PROCEDURE orders.Own");
  });
});

describe("reading, where the server was started again", () => {
  it("8: an account with a garbled routine grant, which no REVOKE finds any more, is dropped and created again", async () => {
    const cluster = await Cluster.start();
    try {
      await prepareDatabases(cluster.root, ["dbÄ", "dbÃ„"]);
      await cluster.byHand(`CREATE USER sl_jane ${IAM}`, "GRANT EXECUTE ON PROCEDURE dbÄ.p TO sl_jane");
      await cluster.server.restart();
      const again = await Cluster.attach(cluster.server);
      expect(await again.access("sl_jane", ["dbÄ", "dbÃ„"])).toEqual(["dbÃ„ EXECUTE"]);
      const plan = await again.bring(READ);
      expect(plan.notes).toEqual([expect.stringContaining("cannot be revoked (PROCEDURE `dbÃ„`.`p`)")]);
      expect(await again.access("sl_jane", ["orders", "dbÄ", "dbÃ„"])).toEqual(reads);
      again.disconnect();
    } finally {
      await cluster.stop();
    }
  });
});

describe("reading, where the server's settings lie", () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start({ sqlMode: "ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT" });
  }, 180_000);
  afterAll(() => cluster?.stop());

  it("9: ANSI_QUOTES, NO_BACKSLASH_ESCAPES and limits on rows change neither what is read nor what is written", async () => {
    await cluster.byHand(
      "SET GLOBAL sql_select_limit = 1, GLOBAL max_execution_time = 1, GLOBAL sql_quote_show_create = 0",
    );
    await cluster.byHand("SET GLOBAL autocommit = 0, GLOBAL completion_type = 'RELEASE'");
    const session = await Cluster.connect(cluster.server, passwordCredentials(cluster.server));
    const users = ["sl_\\' OR 1=1 -- ", "sl_a'b", 'sl_a"b'].map(user => user.trimEnd());
    for (const user of users)
      await session.query(`CREATE USER ${quoteAccount({ user, host: "%" })} ${BY_PASSWORD}`);
    expect((await cluster.observe(session)).observed.accounts.map(({ user }) => user).sort()).toEqual(
      [...users].sort(),
    );

    const roster = rosterOf(Object.fromEntries(users.map(user => [user, { app_prod: "read" }])));
    for (const { sql } of (await cluster.plan(roster, {}, session)).statements) await session.query(sql);
    expect((await cluster.plan(roster, {}, session)).statements).toEqual([]);
    session.destroy();
    await cluster.byHand("SET GLOBAL autocommit = 1, GLOBAL completion_type = 'NO_CHAIN'");
    for (const user of users) expect([user, await cluster.access(user)]).toEqual([user, ["app_prod SELECT"]]);
  });

  // What a real server with the setting does: see names.test.ts.
  it("9: with lower_case_table_names names are written in lower case, and two that differ in case alone are refused", () => {
    const names = { partialRevokes: true, lowerCaseTableNames: 1 };
    expect(spellDatabase("Orders", names)).toBe("orders");
    const observed = observedState([observedAccount("sl_jane")], names);
    const rules = {
      now: NOW,
      prefix: "sl",
      unmanaged: "report",
      definers: "block",
      previouslyDeclared: [],
      onlyCreate: false,
    } as const;
    const sql = (databases: Record<string, string>) =>
      assembleStatements({ ...rules, roster: rosterOf({ sl_jane: databases }), observed });
    expect(sql({ Orders: "read" }).statements.map(s => s.sql)).toEqual([
      `GRANT SELECT ON ${quoteIdentifier("orders")}.* TO 'sl_jane'@'%'`,
    ]);
    expect(sql({ Orders: "read", orders: "write" }).problems).toEqual([
      expect.stringContaining("are one database on this server"),
    ]);
  });
});
