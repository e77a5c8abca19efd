import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Connection, createConnection } from "mysql2/promise";
import type { AccountOptions } from "../../../core/roster/account-options";
import { Cluster, refusal } from "../../support/cluster";
import { column, iamToken } from "../../support/mysql-login";
import { rosterOf, withOptions } from "../../support/observed";

const plain = rosterOf({ sl_jane: { orders: "read" } });
const roster = (options: AccountOptions) => withOptions(plain, "sl_jane", options);
const [SUBJECT, ISSUER] = ["/CN=localhost", "/CN=mysql-test-ca"];
const ALTER = "ALTER USER 'sl_jane'@'%'";

describe("limits and TLS requirements on a real server", () => {
  let cluster: Cluster;
  const open: Connection[] = [];

  beforeAll(async () => {
    cluster = await Cluster.start();
  }, 180_000);
  afterAll(() => cluster?.stop());
  beforeEach(() => cluster.clean());
  afterEach(() => {
    for (const connection of open.splice(0)) connection.destroy();
  });

  /** Logs in by token; with the server's own certificate, which the same authority signed, or without one. */
  async function logIn(certified = false): Promise<Connection> {
    const { server } = cluster;
    const { caFile, port } = server;
    const file = (name: string) => readFileSync(join(dirname(caFile), name), "utf8");
    const certificate = { cert: file("server-cert.pem"), key: file("server-key.pem") };
    const secret = await iamToken(server, "sl_jane");
    const connection = await createConnection({
      host: "localhost",
      port,
      user: "sl_jane",
      password: secret,
      ssl: certified ? { ca: server.ca, ...certificate } : { ca: server.ca },
      authPlugins: { mysql_clear_password: () => () => Buffer.from(`${secret}\0`) },
    });
    connection.on("error", () => {});
    open.push(connection);
    return connection;
  }
  const created = async () => (await column(cluster.root, "SHOW CREATE USER 'sl_jane'@'%'"))[0]!;
  const sqlOf = async (options: AccountOptions) =>
    (await cluster.bring(roster(options))).statements.map(({ sql }) => sql);

  it("as many connections as declared, and one more is refused", async () => {
    await sqlOf({ limits: { connections: 2 } });
    await logIn();
    await logIn();
    expect(await refusal(logIn())).toBe(1226);
    expect(await sqlOf({ limits: { connections: 3 } })).toEqual([`${ALTER} WITH MAX_USER_CONNECTIONS 3`]);
    await logIn();
    expect(await refusal(logIn())).toBe(1226);
  });

  it("as many statements an hour as declared, and an open session goes on when limits change", async () => {
    await sqlOf({});
    const before = await logIn();
    const limits = { queriesPerHour: 5, updatesPerHour: 4_294_967_295, connectionsPerHour: 100 };
    expect(await sqlOf({ limits })).toEqual([
      `${ALTER} WITH MAX_QUERIES_PER_HOUR 5 MAX_UPDATES_PER_HOUR 4294967295 MAX_CONNECTIONS_PER_HOUR 100`,
    ]);
    await before.query("SELECT 1");
    const jane = await logIn();
    const tries = Array.from({ length: 6 }, () => refusal(jane.query("SELECT a FROM orders.t")));
    expect(await Promise.all(tries)).toContain(1226);
    expect(await sqlOf({})).toEqual([expect.stringContaining("MAX_QUERIES_PER_HOUR 0")]);
    await (await logIn()).query("SELECT a FROM orders.t");
  });

  it("limits that are set by hand are found one by one, and put right", async () => {
    const limits = { connections: 5, queriesPerHour: 1_000 };
    await sqlOf({ limits });
    await cluster.byHand("ALTER USER sl_jane WITH MAX_USER_CONNECTIONS 4 MAX_UPDATES_PER_HOUR 9");
    expect((await cluster.account("sl_jane")).limits).toEqual({
      connections: 4,
      queriesPerHour: 1_000,
      updatesPerHour: 9,
      connectionsPerHour: 0,
    });
    expect(await sqlOf({ limits })).toEqual([`${ALTER} WITH MAX_UPDATES_PER_HOUR 0 MAX_USER_CONNECTIONS 5`]);
  });

  it.each(["x509", { subject: SUBJECT, issuer: ISSUER }, { issuer: ISSUER }] as const)(
    "%j refuses a login without the certificate, and its session ends",
    async tls => {
      await sqlOf({});
      const without = await logIn();
      await sqlOf({ tls });
      expect(await refusal(without.query("SELECT 1"))).not.toBe(0);
      expect(await refusal(logIn())).toBe(1045);
      const jane = await logIn(true);
      await jane.query("SELECT a FROM orders.t");
      expect(await sqlOf({ tls: "ssl" })).toHaveLength(1);
      await jane.query("SELECT a FROM orders.t");
      await logIn();
    },
  );

  it("the wrong names refuse the certificate, and text stays text", async () => {
    const subject = "/CN=o'b\\n AND ISSUER '/CN=x";
    await sqlOf({ tls: { subject } });
    expect((await cluster.account("sl_jane")).certificate).toEqual({ subject, issuer: "", cipher: "" });
    expect([await refusal(logIn()), await refusal(logIn(true))]).toEqual([1045, 1045]);
    expect(await sqlOf({ tls: { subject: SUBJECT, issuer: ISSUER } })).toHaveLength(1);
    await logIn(true);
    await cluster.byHand("ALTER USER sl_jane REQUIRE SUBJECT '/CN=localhost' AND CIPHER 'AES128-SHA'");
    expect(await sqlOf({ tls: { subject: SUBJECT } })).toEqual([`${ALTER} REQUIRE SUBJECT '/CN=localhost'`]);
    await logIn(true);
  });

  it("an account is created with all of it at once", async () => {
    const limits = { connections: 1 };
    await sqlOf({ limits, tls: "x509", suspended: true });
    expect(await created()).toMatch(/REQUIRE X509 WITH .*MAX_USER_CONNECTIONS 1 .*ACCOUNT LOCK/);
    expect(await refusal(logIn(true))).not.toBe(0);
    expect(await sqlOf({ limits, tls: "x509" })).toEqual([`${ALTER} ACCOUNT UNLOCK`]);
    await logIn(true);
    expect([await refusal(logIn()), await refusal(logIn(true))]).toEqual([1045, 1226]);
  });

  it("an account without any of it is created and changed as ever", async () => {
    const { statements } = await cluster.bring(plain);
    expect(statements[0]!.sql).toBe(
      "CREATE USER 'sl_jane'@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL",
    );
    await cluster.byHand("ALTER USER sl_jane REQUIRE X509 WITH MAX_USER_CONNECTIONS 1");
    expect(await sqlOf({})).toEqual([
      `${ALTER} IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL WITH MAX_QUERIES_PER_HOUR 0 MAX_UPDATES_PER_HOUR 0 MAX_CONNECTIONS_PER_HOUR 0 MAX_USER_CONNECTIONS 0`,
    ]);
  });
});
