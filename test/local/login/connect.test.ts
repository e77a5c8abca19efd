import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { type Connection, createConnection } from "mysql2/promise";
import { type MySqlClients, provisionMySqlClients } from "../../../local/mysql/mysql-clients";
import { freePort } from "../../../local/process/free-port";
import { rows } from "../../support/mysql-login";
import {
  ACCOUNT,
  connectInTerminal,
  HOST,
  type LoginFixture,
  loggedIn,
  READER,
  ROOT,
  startLoginFixture,
  startPlainServer,
} from "./login-fixture";

jest.setTimeout(180_000);

let fixture: LoginFixture;
let clients: MySqlClients;
beforeAll(async () => {
  clients = await provisionMySqlClients();
  fixture = await startLoginFixture();
}, 600_000);
afterAll(() => fixture?.stop());

const CLIENTS = ["oracle", "mariadb", "mycli"] as const;
type Client = (typeof CLIENTS)[number];

/** The endpoint is `localhost`, so that the client itself reaches it. */
const direct = () => ["--host", "localhost", "--port", `${fixture.server.port}`, "--region", "eu-west-1"];
/** The endpoint is one of RDS, and a tunnel leads there. */
const tunnelled = (port = fixture.tunnel.port) => ["--host", HOST, "--via", `127.0.0.1:${port}`];

/** Runs `connect orders --serve` until the work is done, and returns its exit code and what it reported. */
async function whileServing(
  argv: readonly string[],
  work: (where: Served) => Promise<void>,
  env: Record<string, string> = {},
) {
  const all = [
    "connect",
    "orders",
    ...tunnelled(),
    "--ca",
    fixture.ca,
    "--as",
    ACCOUNT,
    "--serve",
    "--json",
    ...argv,
  ];
  const child = spawn(process.execPath, ["--import", "tsx", join("cli", "aurora-users.ts"), ...all], {
    cwd: ROOT,
    env: loggedIn(fixture.folder, { PATH: process.env["PATH"]!, ...env }),
  });
  const ended = once(child, "exit");
  let [out, err] = ["", ""];
  child.stdout.on("data", chunk => {
    out += chunk;
  });
  child.stderr.on("data", chunk => {
    err += chunk;
  });
  const isReady = () => err.includes("is served at") || child.exitCode !== null;
  while (!isReady()) await new Promise(resolve => setTimeout(resolve, 50));
  if (child.exitCode === null) await work(JSON.parse(out)).finally(() => child.kill("SIGTERM"));
  const [code] = await ended;
  return { code, err };
}

interface Served {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

function open(
  client: Client,
  where: readonly string[],
  more: { ca?: string; as?: string; env?: object } = {},
) {
  const { ca = fixture.ca, as = ACCOUNT, env } = more;
  const argv = [...where, "--ca", ca, "--as", as, "--database", "orders"];
  const path = `${clients[client]}:${process.env["PATH"]}`;
  const typed = [
    { after: />/, line: "SELECT CONCAT('I am ', CURRENT_USER()) AS me;" },
    { after: /I am sl_/, line: "SHOW STATUS LIKE 'Ssl_cipher';" },
    { after: /Ssl_cipher\s*\|\s*TLS/, line: "exit" },
  ];
  return connectInTerminal(argv, loggedIn(fixture.folder, { PATH: path, ...env }), typed);
}

describe.each(CLIENTS)("%s", client => {
  test("opens a session by a token over TLS, to the endpoint itself", async () => {
    const { code, screen } = await open(client, direct());
    expect(screen).toContain(`I am ${ACCOUNT}@%`);
    expect(screen).toMatch(/Ssl_cipher\s*\|\s*TLS_/);
    expect(code).toBe(0);
  });

  test("opens one through a tunnel; the token is for the endpoint, and TLS is verified for its name", async () => {
    await fixture.server.allowKeys([{ id: "AKIATESTKEY000000001", secret: "test-secret" }], {
      endpoints: [`${HOST}:3306`, `${READER}:3306`],
    });
    for (const more of [[], ["--reader"]]) {
      const { code, screen } = await open(client, [...tunnelled(), ...more]);
      expect(screen).toContain(`I am ${ACCOUNT}@%`);
      expect(code).toBe(0);
    }
    await fixture.server.allowKeys([{ id: "AKIATESTKEY000000001", secret: "test-secret" }]);
    const other = await open(client, [...tunnelled(), "--host", HOST.replace("orders", "payments")]);
    expect(other.screen).toMatch(/altnames|does not match/i);
    expect(other.screen).not.toContain("I am sl_");
  });

  test("opens none with another authority, or for an account that is not there", async () => {
    const wrong = await open(client, direct(), { ca: fixture.otherCa });
    expect(wrong.screen).toMatch(/certificate/i);
    const nobody = await open(client, direct(), { as: "sl_nobody" });
    expect(nobody.screen).toMatch(
      /Access denied for user 'sl_nobody'|sl_nobody is not there, or does not log in by token/,
    );
    for (const { code, screen } of [wrong, nobody]) {
      expect(screen).not.toContain("I am sl_");
      expect(code).not.toBe(0);
    }
  });

  test("sends no token to a server without TLS", async () => {
    const plain = await startPlainServer();
    const { code, screen } = await open(client, [...direct(), "--port", `${plain.port}`]);
    plain.stop();
    expect(screen).toMatch(
      /(SSL is required.* server does(n't| not) support)|offers no TLS, so it gets no token/,
    );
    expect(Buffer.concat(plain.got).includes("X-Amz")).toBe(false);
    expect(code).not.toBe(0);
  });

  test("is not started with credentials that have ended, and the message says what to do", async () => {
    const env = { AWS_SESSION_TOKEN: "x", AWS_CREDENTIAL_EXPIRATION: "2020-01-01T00:00:00Z" };
    const { code, screen } = await open(client, direct(), { env });
    expect(screen).toMatch(
      /credentials ended at 2020-01-01T00:00:00\.000Z\. Log in to AWS first \(aws sso login/,
    );
    expect([code, screen.includes("I am sl_")]).toEqual([1, false]);
  });

  test("cannot connect where nothing listens", async () => {
    const { code, screen } = await open(client, tunnelled(await freePort()));
    expect(screen).toContain("ECONNREFUSED");
    expect(code).not.toBe(0);
  });
});

test("--serve prints where it listens, and ends with its connections", async () => {
  const port = await freePort();
  let connection: Connection | undefined;
  const { code, err } = await whileServing(["--listen", `${port}`], async where => {
    expect(where).toMatchObject({ host: "127.0.0.1", port, user: ACCOUNT });
    connection = await createConnection(where);
    connection.on("error", () => {});
    expect(await rows(connection, "SELECT CURRENT_USER() AS me")).toEqual([{ me: `${ACCOUNT}@%` }]);
    const second = await whileServing(["--listen", `${port}`], async () => {});
    expect(second.code).toBe(1);
    expect(second.err).toMatch(
      /Nothing can listen on 127\.0\.0\.1:.*EADDRINUSE.*Give another port by --listen/,
    );
  });
  expect(code).toBe(0);
  expect(err).toContain(
    `orders (${HOST}:3306, from --host) is served at 127.0.0.1:${port}, for ${ACCOUNT}, until you end this`,
  );
  await expect(connection!.query("SELECT 1")).rejects.toThrow();
  await expect(createConnection({ host: "127.0.0.1", port })).rejects.toThrow(/ECONNREFUSED/);
});

test("--serve verifies the server's certificate also where Node is to accept all", async () => {
  const { err } = await whileServing(
    ["--listen", `${await freePort()}`, "--ca", fixture.otherCa],
    async where => {
      await expect(createConnection({ ...where })).rejects.toThrow(
        /self-signed certificate|unable to verify/,
      );
    },
    { NODE_TLS_REJECT_UNAUTHORIZED: "0" },
  );
  expect(err).toMatch(/self-signed certificate|unable to verify/);
});
