import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import { promisify } from "node:util";
import { type Connection, type ConnectionOptions, createConnection } from "mysql2/promise";
import { proxyTo } from "../../../cli/login/proxy-target";
import { type LocalProxy, startProxy } from "../../../cli/proxy/serve";
import { provisionMySqlClients } from "../../../local/mysql/mysql-clients";
import { asRoot, rows, TEST_KEY } from "../../support/mysql-login";
import { ACCOUNT, HOST, type LoginFixture, pem, startLoginFixture, startPlainServer } from "./login-fixture";

jest.setTimeout(180_000);

const DAY = 86_400_000;
const LOCAL = { user: ACCOUNT, password: "the-local-password-of-the-test" };
const before = { ...process.env };
let fixture: LoginFixture;
let proxy: LocalProxy;
let reports: string[];
/** What the proxy sent to the server: three pieces and more for a login. */
let sent: number;

beforeAll(async () => {
  fixture = await startLoginFixture();
  await fixture.server.allowKeys([TEST_KEY], { endpoints: [`${HOST}:3306`], regions: ["eu-west-1"] });
}, 600_000);
afterAll(() => fixture?.stop());
beforeEach(async () => {
  const own = Object.entries(before).filter(([name]) => !name.startsWith("AWS_"));
  process.env = Object.fromEntries(own);
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: TEST_KEY.id,
    AWS_SECRET_ACCESS_KEY: TEST_KEY.secret,
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  });
  sent = 0;
  fixture.tunnel.onRequest = () => void sent++;
  proxy = await serve();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await proxy.close();
  process.env = before;
});

interface Difference {
  readonly ca?: string;
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  /** What makes a token, around the real one. */
  readonly token?: (real: () => Promise<string>) => Promise<string>;
}

function serve({
  ca = fixture.ca,
  host = HOST,
  port = fixture.tunnel.port,
  user = ACCOUNT,
  token = real => real(),
}: Difference = {}) {
  reports = [];
  const io = {
    out: () => {},
    err: (text: string) => void reports.push(text),
    env: {},
    now: () => new Date(),
  };
  const target = {
    cluster: "orders",
    host,
    port: 3306,
    region: "eu-west-1",
    user,
    database: undefined,
    from: "test",
  };
  const via = { host: "127.0.0.1", port };
  const props = proxyTo(target, { ca: pem(ca), via }, io);
  const upstream = { ...props.upstream, token: () => token(props.upstream.token) };
  return startProxy({ ...props, upstream, login: { ...LOCAL, user }, port: 0 });
}

const dial = (more: ConnectionOptions = {}): Promise<Connection> =>
  createConnection({ host: "127.0.0.1", port: proxy.port, database: "orders", ...LOCAL, ...more });

/** The error of a connection, and what the server got of it. */
const refused = async (more: ConnectionOptions = {}) => {
  const error = await dial(more).then(
    () => undefined,
    (found: { errno?: number; message: string }) => found,
  );
  return { errno: error?.errno, message: error?.message, sent };
};

describe("a connection through the proxy", () => {
  test("is one of the account on the server, over TLS there, with the server's own number", async () => {
    const connection = await dial();
    const sql = "SELECT CURRENT_USER() AS me, CONNECTION_ID() AS id, DATABASE() AS base";
    expect(await rows(connection, sql)).toEqual([
      { me: `${ACCOUNT}@%`, id: connection.threadId, base: "orders" },
    ]);
    const [status] = await rows(connection, "SHOW STATUS LIKE 'Ssl_cipher'");
    expect(status!["Value"]).toMatch(/^TLS_/);
    await connection.end();
  });

  test.each([false, true])(
    "passes prepared statements and 64 MB both ways, byte by byte; compressed: %s",
    async compress => {
      // The driver warns of numbers of large compressed packets, without a proxy, too.
      jest.spyOn(console, "error").mockImplementation(() => {});
      const connection = await dial({ compress });
      const [status] = await rows(connection, "SHOW STATUS LIKE 'Compression'");
      expect(status!["Value"]).toBe(compress ? "ON" : "OFF");
      await connection.query("DROP TABLE IF EXISTS blobs");
      await connection.query("CREATE TABLE blobs (id INT PRIMARY KEY, body LONGBLOB)");
      const bodies = [1, 1 << 24, (1 << 24) - 1, 64 << 20].map(size => randomBytes(size));
      for (const [id, body] of bodies.entries())
        await connection.execute("INSERT INTO blobs VALUES (?, ?)", [id, body]);
      for (const [id, body] of bodies.entries()) {
        const [found] = await connection.execute("SELECT body FROM blobs WHERE id = ?", [id]);
        expect((found as { body: Buffer }[])[0]!.body.equals(body)).toBe(true);
      }
      await connection.end();
    },
  );

  test.each([false, true])("passes LOAD DATA LOCAL; compressed: %s", async compress => {
    const connection = await dial({ compress, flags: ["+LOCAL_FILES"] });
    await connection.query("DROP TABLE IF EXISTS loaded");
    await connection.query("CREATE TABLE loaded (id INT PRIMARY KEY, body VARCHAR(100))");
    const lines = Array.from({ length: 50_000 }, (_, id) => [id, randomBytes(40).toString("hex")] as const);
    const text = lines.map(([id, body]) => `${id}\t${body}\n`).join("");
    await connection.query({
      sql: "LOAD DATA LOCAL INFILE 'a-stream' INTO TABLE loaded",
      infileStreamFactory: () => Readable.from([Buffer.from(text)]),
    } as never);
    const found = await rows(connection, "SELECT id, body FROM loaded ORDER BY id");
    expect(found.map(({ id, body }) => [id, body])).toEqual(lines);
    await connection.end();
  });

  test.each([
    ["oracle", ["--ssl-mode=DISABLED", "--compression-algorithms=zstd"], "ON"],
    ["oracle", ["--ssl-mode=DISABLED", "--compression-algorithms=zlib"], "ON"],
    ["mariadb", ["--skip-ssl", "--compress"], "ON"],
    ["mariadb", ["--skip-ssl", "--default-auth=mysql_native_password"], "OFF"],
  ] as const)("is the same for the client %s with %j", async (client, options, compression) => {
    const program = join((await provisionMySqlClients())[client], "mysql");
    const file = join(fixture.folder, "lines");
    const lines = Array.from(
      { length: 20_000 },
      (_, id) => `${id}\t${randomBytes(40).toString("hex")}\n`,
    ).join("");
    writeFileSync(file, lines);
    const sql =
      "SHOW STATUS LIKE 'Compression'; DROP TABLE IF EXISTS loaded; CREATE TABLE loaded (id INT PRIMARY KEY, body TEXT); " +
      `LOAD DATA LOCAL INFILE '${file}' INTO TABLE loaded; SELECT * FROM loaded ORDER BY id`;
    const where = [
      "--no-defaults",
      "--host=127.0.0.1",
      `--port=${proxy.port}`,
      `--user=${LOCAL.user}`,
      "--local-infile=1",
    ];
    const { stdout } = await promisify(execFile)(program, [...where, ...options, "-N", "-e", sql, "orders"], {
      env: { PATH: process.env["PATH"], MYSQL_PWD: LOCAL.password },
      maxBuffer: 1 << 24,
    });
    expect(stdout === `Compression\t${compression}\n${lines}`).toBe(true);
  });

  test("works again a day later: each connection has a token of its own", async () => {
    const at = async (moment: number) => {
      const doNotFake = [
        "nextTick",
        "setImmediate",
        "setTimeout",
        "clearTimeout",
        "setInterval",
        "clearInterval",
      ] as const;
      jest.useFakeTimers({ now: moment, doNotFake: [...doNotFake] });
      try {
        const connection = await dial();
        const [found] = await rows(connection, "SELECT CURRENT_USER() AS me");
        connection.destroy();
        return found!["me"];
      } finally {
        jest.useRealTimers();
      }
    };
    // The server takes what is valid by its own clock or by the moved one. Yesterday's token is neither.
    const today = Date.now();
    fixture.server.setTokenClock(-DAY);
    expect(await at(today - DAY)).toBe(`${ACCOUNT}@%`);
    fixture.server.setTokenClock(0);
    expect(await at(today)).toBe(`${ACCOUNT}@%`);
    await expect(at(today - DAY)).rejects.toThrow(/Access denied for user 'sl_jane\.doe'/);
  });
});

describe("a connection is refused", () => {
  test.each([
    ["with another password", { password: "the-local-password-of-the-tesT" }],
    ["without a password", { password: "" }],
    ["with another user", { user: "sl_john" }],
  ])("%s, and the server hears nothing of it", async (_, login) => {
    expect(await refused(login)).toEqual({
      errno: 1045,
      message: "Access denied: the user and the password that aurora-users printed are needed here",
      sent: 0,
    });
  });

  test("with the server's own words, where the server refuses", async () => {
    expect(await refused({ database: "nothing" })).toMatchObject({
      errno: 1044,
      message: expect.stringMatching(/'nothing'/),
    });
    await proxy.close();
    proxy = await serve({ user: "sl_nobody" });
    // For an account that is not there, a server asks for any plugin.
    const words = /^Access denied for user 'sl_nobody'@|^sl_nobody is not there, or does not log in by token/;
    expect((await refused({ user: "sl_nobody" })).message).toMatch(words);
    expect(reports).toEqual([expect.stringMatching(/sl_nobody/)]);
  });

  test("with what to do, where the AWS credentials have ended", async () => {
    Object.assign(process.env, { AWS_SESSION_TOKEN: "x", AWS_CREDENTIAL_EXPIRATION: "2020-01-01T00:00:00Z" });
    expect(await refused()).toMatchObject({
      errno: 1105,
      message: expect.stringMatching(
        /the AWS credentials ended at 2020.*Log in to AWS first \(aws sso login/,
      ),
    });
  });

  test.each([
    ["another authority", () => ({ ca: fixture.otherCa }), /self-signed certificate|unable to verify/],
    [
      "another name",
      () => ({ host: HOST.replace("orders", "billing") }),
      /does not match certificate's altnames/,
    ],
  ])("where the server's certificate is of %s, and no token is sent", async (_, difference, message) => {
    await proxy.close();
    proxy = await serve(difference());
    expect(await refused()).toMatchObject({ errno: 1105, message: expect.stringMatching(message), sent: 2 });
  });

  test("where the server offers no TLS, and it gets no token", async () => {
    const plain = await startPlainServer();
    await proxy.close();
    proxy = await serve({ port: plain.port });
    expect((await refused()).message).toBe("the server cannot be reached: aurora-users says why");
    expect(reports).toEqual([`${HOST} offers no TLS, so it gets no token`]);
    expect(plain.got).toEqual([]);
    plain.stop();
  });
});

test("a client that is reset during its login leaves no session on the server", async () => {
  await proxy.close();
  const client = new Socket();
  proxy = await serve({
    token: async token => {
      client.resetAndDestroy();
      await new Promise(resolve => setTimeout(resolve, 100));
      return token();
    },
  });
  await dial({ connectTimeout: 0, stream: () => client.connect(proxy.port, "127.0.0.1") }).catch(() => {});
  await new Promise(resolve => setTimeout(resolve, 1000));
  const root = await asRoot(fixture.server);
  const sql = "SELECT USER FROM information_schema.PROCESSLIST WHERE USER IN (?, 'unauthenticated user')";
  expect((await root.query(sql, [ACCOUNT]))[0]).toEqual([]);
  await root.end();
});

test("nothing listens but 127.0.0.1", () => {
  const port = proxy.port.toString(16).toUpperCase().padStart(4, "0");
  const listening = ["tcp", "tcp6"].flatMap(file =>
    readFileSync(`/proc/self/net/${file}`, "utf8")
      .split("\n")
      .map(line => line.trim().split(/\s+/))
      .filter(([, local = "", , state]) => state === "0A" && local.endsWith(`:${port}`))
      .map(([, local]) => `${file} ${local}`),
  );
  expect(listening).toEqual([`tcp 0100007F:${port}`]);
});
