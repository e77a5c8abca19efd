import type { Connection } from "mysql2/promise";
import { connectMySql } from "../../../../lambdas/reconciler/mysql/connect-mysql";
import type { MySqlSession } from "../../../../lambdas/reconciler/mysql/mysql-session";
import { observe } from "../../../../lambdas/reconciler/mysql/observe";
import { definerQueries } from "../../../../lambdas/reconciler/mysql/observe-queries";
import { type MySqlServer, startMySql } from "../../../../local/mysql/start-mysql";
import { asRoot, column } from "../../../support/mysql-login";
import { definedObject } from "../../../support/observed";
import { passwordCredentials, registryEntry } from "../../../support/registry";

const ODD = "sl_o'd`d\"\\☃";
const quoted = (text: string) => `'${text.replace(/['\\]/g, "\\$&")}'`;

const servers: [string, Parameters<typeof startMySql>[0]][] = [
  ["partial_revokes ON", { partialRevokes: true }],
  ["partial_revokes OFF", { partialRevokes: false }],
  [
    "partial_revokes ON, a hostile sql_mode and sql_select_limit",
    {
      sqlMode: "ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT",
      args: ["--init-connect=SET sql_select_limit=1"],
    },
  ],
];

describe.each(servers)("observe, %s", (_name, options) => {
  let server: MySqlServer;
  let root: Connection;
  let session: MySqlSession;
  const partial = options?.partialRevokes ?? true;

  beforeAll(async () => {
    server = await startMySql(options);
    root = await asRoot(server);
    await root.query("SET sql_mode = ''");
    const user = (name: string) =>
      `CREATE USER ${name} IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL`;
    const statements = [
      "CREATE DATABASE orders",
      "CREATE TABLE orders.t (a INT, B INT)",
      "CREATE PROCEDURE orders.p() DO 1",
      "CREATE ROLE app_role",
      user("sl_bob@'%'"),
      user(`${quoted("sl_jane.doe@x")}@'10.%'`),
      "CREATE USER slack_bot@'%' IDENTIFIED BY 'x'",
      "CREATE USER SL_upper@'%' IDENTIFIED BY 'x'",
      "CREATE USER sl@'%' IDENTIFIED BY 'x'",
      "GRANT SELECT, CREATE TEMPORARY TABLES, SHOW VIEW ON `my\\_db`.* TO sl_bob@'%'",
      "GRANT INSERT ON my_db.* TO sl_bob@'%' WITH GRANT OPTION",
      "GRANT SELECT, CREATE VIEW ON orders.t TO sl_bob@'%'",
      "GRANT UPDATE (B), SELECT (B, a) ON orders.t TO sl_bob@'%'",
      "GRANT EXECUTE ON PROCEDURE orders.p TO sl_bob@'%' WITH GRANT OPTION",
      "GRANT PROCESS, SHOW DATABASES ON *.* TO sl_bob@'%'",
      "GRANT CONNECTION_ADMIN ON *.* TO sl_bob@'%' WITH GRANT OPTION",
      "GRANT app_role TO sl_bob@'%' WITH ADMIN OPTION",
      "SET DEFAULT ROLE app_role TO sl_bob@'%'",
      "GRANT sl_bob@'%' TO slack_bot@'%'",
      "GRANT PROXY ON slack_bot@'%' TO sl_bob@'%'",
      "ALTER USER sl_bob@'%' WITH MAX_QUERIES_PER_HOUR 5 ACCOUNT LOCK",
      ...(partial ? ["GRANT SELECT ON *.* TO sl_bob@'%'", "REVOKE SELECT ON mysql.* FROM sl_bob@'%'"] : []),
      `CREATE USER ${quoted(ODD)}@'%' IDENTIFIED BY 'Hand-made-1'`,
      `ALTER USER ${quoted(ODD)}@'%' IDENTIFIED BY 'Hand-made-2' RETAIN CURRENT PASSWORD`,
      `ALTER USER ${quoted(ODD)}@'%' PASSWORD EXPIRE`,
      "CREATE DEFINER = sl_bob@'%' SQL SECURITY DEFINER VIEW orders.v AS SELECT 1",
      "CREATE DEFINER = sl_bob@'%' PROCEDURE orders.q() DO 1",
      "CREATE DEFINER = sl_bob@'%' EVENT orders.e ON SCHEDULE EVERY 1 DAY DO DO 1",
      "CREATE DEFINER = sl_gone@'%' TRIGGER orders.g BEFORE INSERT ON orders.t FOR EACH ROW DO 1",
      "CREATE DEFINER = slack_bot@'%' FUNCTION orders.f() RETURNS INT DETERMINISTIC RETURN 1",
    ];
    for (const statement of statements) await root.query(statement);
    session = await connectMySql(registryEntry(server), {
      credentials: passwordCredentials(server),
      caBundle: server.ca,
      bulkRead: true,
      connectTimeoutMs: 10_000,
    });
  }, 180_000);

  afterAll(async () => {
    session?.destroy();
    root?.destroy();
    await server?.stop();
  });

  it("finds the accounts with the prefix, compared byte by byte, and no others", async () => {
    const { observed } = await observe(session, { prefix: "sl" });
    expect(observed.accounts.map(({ user, host }) => `${user}@${host}`)).toEqual([
      "sl_bob@%",
      "sl_jane.doe@x@10.%",
      `${ODD}@%`,
    ]);
    expect(observed).toMatchObject({
      partialRevokes: partial,
      lowerCaseTableNames: 0,
      self: { user: "admin", host: "%" },
    });
  });

  it("reads which databases exist, and whether the server lets accounts create triggers and functions", async () => {
    const distrusts = async () => (await observe(session, { prefix: "sl" })).observed.distrustsCreators;
    expect((await observe(session, { prefix: "sl" })).observed.databases).toEqual(
      expect.arrayContaining(["mysql", "orders"]),
    );
    const [logs] = await column(root, "SELECT @@log_bin");
    await root.query("SET GLOBAL log_bin_trust_function_creators = 0");
    expect(await distrusts()).toBe(Number(logs) === 1);
    await root.query("SET GLOBAL log_bin_trust_function_creators = 1");
    expect(await distrusts()).toBe(false);
    await root.query("SET GLOBAL log_bin_trust_function_creators = DEFAULT");
  });

  it("reads everything that an account holds", async () => {
    const { observed } = await observe(session, { prefix: "sl" });
    const bob = observed.accounts[0]!;
    expect(bob).toEqual({
      user: "sl_bob",
      host: "%",
      plugin: "AWSAuthenticationPlugin",
      authenticationString: "RDS",
      locked: true,
      tls: "ANY",
      passwordExpired: false,
      certificate: { subject: "", issuer: "", cipher: "" },
      limits: { queriesPerHour: 5, updatesPerHour: 0, connectionsPerHour: 0, connections: 0 },
      secondPassword: false,
      blocksFailedLogins: false,
      moreFactors: 0,
      strangeAttributes: [],
      restrictions: partial ? [{ database: "mysql", privileges: ["SELECT"] }] : [],
      globalPrivileges: [...(partial ? ["SELECT"] : []), "PROCESS", "SHOW DATABASES"],
      globalGrantOption: false,
      dynamicPrivileges: [{ name: "CONNECTION_ADMIN", grantOption: true }],
      databases: [
        {
          name: "my\\_db",
          privileges: ["SELECT", "CREATE TEMPORARY TABLES", "SHOW VIEW"],
          grantOption: false,
        },
        { name: "my_db", privileges: ["INSERT"], grantOption: true },
      ],
      tables: [
        {
          database: "orders",
          table: "t",
          privileges: ["SELECT", "CREATE VIEW"],
          grantOption: false,
          columns: [
            { privilege: "SELECT", columns: ["B", "a"] },
            { privilege: "UPDATE", columns: ["B"] },
          ],
        },
      ],
      routines: [
        { database: "orders", routine: "p", type: "PROCEDURE", privileges: ["EXECUTE"], grantOption: true },
      ],
      roles: [{ user: "app_role", host: "%", adminOption: true }],
      defaultRoles: [{ user: "app_role", host: "%" }],
      members: [{ user: "slack_bot", host: "%" }],
      proxies: [{ user: "slack_bot", host: "%", grantOption: false }],
      definerOf: [
        { ...definedObject("EVENT orders.e"), enabled: true },
        definedObject("PROCEDURE orders.q"),
        definedObject("VIEW orders.v"),
      ],
    });
    const odd = observed.accounts[2]!;
    expect(odd).toMatchObject({
      plugin: "caching_sha2_password",
      passwordExpired: true,
      secondPassword: true,
      blocksFailedLogins: false,
      moreFactors: 0,
      strangeAttributes: [],
      tls: "",
    });
  });

  it("names definers that no longer exist", async () => {
    const { observed } = await observe(session, { prefix: "sl" });
    expect(observed.orphanedDefiners).toEqual([
      { user: "sl_gone", host: "%", objects: [definedObject("TRIGGER orders.g")] },
    ]);
  });

  it("reads what the administrator may grant, by its roles too", async () => {
    const { administrator } = await observe(session, { prefix: "sl" });
    expect(administrator!.grantable).toEqual(
      expect.arrayContaining(["SELECT", "CREATE TEMPORARY TABLES", "CONNECTION_ADMIN"]),
    );
    expect(administrator!.grantable).not.toContain("SUPER");
  });

  it("asks the same number of queries however many accounts there are", async () => {
    const before = await queries(root);
    await observe(session, { prefix: "sl" });
    const some = (await queries(root)) - before;
    for (let i = 0; i < 60; i++) await root.query(`CREATE USER sl_more${i}@'%' IDENTIFIED BY 'x'`);
    const again = await queries(root);
    expect((await observe(session, { prefix: "sl" })).observed.accounts).toHaveLength(63);
    expect((await queries(root)) - again).toBe(some);
  });

  const OTHERS = 40;
  it("finds definers by the server's index: others' objects cost nothing", async () => {
    const reads = async () => {
      const counts = await session.query("SHOW SESSION STATUS LIKE 'Handler_read%'");
      return counts.reduce((sum, row) => sum + Number(row["Value"]), 0);
    };
    const costs = async () => {
      const of: Record<string, number> = {};
      for (const alsoManages of [[], ["app_one@%", "app_two@%"]])
        for (const [kind, sql] of definerQueries({ prefix: "sl", alsoManages })) {
          const before = await reads();
          await session.query(sql);
          of[`${kind} ${alsoManages.length}`] = (await reads()) - before;
        }
      return of;
    };
    // The first time, the server also fills its own caches.
    await costs();
    const few = await costs();
    for (let i = 0; i < OTHERS; i++)
      for (const object of [
        `VIEW orders.other${i} AS SELECT 1`,
        `PROCEDURE orders.other${i}() DO 1`,
        `TRIGGER orders.other${i} BEFORE INSERT ON orders.t FOR EACH ROW DO 1`,
        `EVENT orders.other${i} ON SCHEDULE EVERY 1 DAY DO DO 1`,
      ])
        await root.query(`CREATE DEFINER = slack_bot@'%' ${object}`);
    await costs();
    for (const [kind, cost] of Object.entries(await costs())) {
      expect(cost).toBeGreaterThan(0);
      expect({ kind, few: few[kind], cost, isSame: cost - few[kind]! < OTHERS }).toMatchObject({
        isSame: true,
      });
    }
  });
});

/** Statements that clients have sent, but for what this counts by itself. */
async function queries(root: Connection): Promise<number> {
  const [rows] = await root.query("SHOW GLOBAL STATUS LIKE 'Queries'");
  return Number((rows as { Value: string }[])[0]!.Value);
}
