import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { CLIENT, greetingPayload } from "../../../cli/proxy/handshake";
import { type MySqlServer, startMySql } from "../../../local/mysql/start-mysql";
import { asRoot, TEST_KEY } from "../../support/mysql-login";
import { TcpProxy } from "../../support/tcp-proxy";

export const HOST = "orders.cluster-c1x2.eu-west-1.rds.amazonaws.com";
export const READER = HOST.replace("cluster-", "cluster-ro-");
export const ACCOUNT = "sl_jane.doe";

/** A server whose certificate is for the endpoints of a cluster, with a tunnel that leads to it. */
export interface LoginFixture {
  readonly server: MySqlServer;
  readonly tunnel: TcpProxy;
  readonly folder: string;
  /** The authority of the server's certificate, and another one. */
  readonly ca: string;
  readonly otherCa: string;
  stop(): Promise<void>;
}

/**
 * The account has a grant on the database `orders` there; `sl_nobody` does not exist.
 * @param names for which the certificate is, too
 */
export async function startLoginFixture(names: readonly string[] = []): Promise<LoginFixture> {
  const folder = mkdtempSync(join(tmpdir(), "login-"));
  const at = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  for (const name of ["ca", "other"])
    openssl(
      "req",
      "-x509",
      ...key,
      "-days",
      "9",
      "-subj",
      `/CN=${name}`,
      "-keyout",
      `${name}.key`,
      "-out",
      `${name}.pem`,
    );
  openssl("req", ...key, "-subj", "/CN=orders", "-keyout", "server.key", "-out", "server.csr");
  writeFileSync(
    at("names"),
    `subjectAltName=${["localhost", HOST, READER, ...names].map(name => `DNS:${name}`).join(",")}`,
  );
  const signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "9", "-extfile", "names"];
  openssl("x509", "-req", "-in", "server.csr", ...signing, "-out", "server.pem");
  const server = await startMySql({
    args: [`--ssl-ca=${at("ca.pem")}`, `--ssl-cert=${at("server.pem")}`, `--ssl-key=${at("server.key")}`],
  });
  await server.allowKeys([TEST_KEY]);
  const root = await asRoot(server);
  await root.query("CREATE DATABASE orders");
  await root.query(
    `CREATE USER '${ACCOUNT}'@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL`,
  );
  await root.query(`GRANT ALL ON orders.* TO '${ACCOUNT}'@'%'`);
  await root.query("SET GLOBAL local_infile = ON, GLOBAL max_allowed_packet = 134217728");
  await root.end();
  const tunnel = await TcpProxy.before(server);
  return {
    server,
    tunnel,
    folder,
    ca: at("ca.pem"),
    otherCa: at("other.pem"),
    async stop() {
      await tunnel.stop();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The environment of a person who is logged in to AWS. */
export const loggedIn = (home: string, more: Record<string, string> = {}): Record<string, string> => ({
  HOME: home,
  TERM: "xterm",
  AWS_ACCESS_KEY_ID: TEST_KEY.id,
  AWS_SECRET_ACCESS_KEY: TEST_KEY.secret,
  AWS_CONFIG_FILE: "/dev/null",
  AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  ...more,
});

export const ROOT = resolve(__dirname, "..", "..", "..");
const TSX = join(ROOT, "node_modules", ".bin", "tsx");

/** A line that is typed once the screen shows something and is quiet: clients drop what is typed before. */
export interface Typed {
  readonly after: RegExp;
  readonly line: string;
}

const QUIET_MS = 500;
const LONGEST_MS = 60_000;

/** Runs `aurora-users connect orders` in a terminal, and types lines into it. */
export function connectInTerminal(
  argv: readonly string[],
  env: Record<string, string>,
  typed: readonly Typed[],
): Promise<{ readonly code: number; readonly screen: string }> {
  const line = [TSX, join(ROOT, "cli", "aurora-users.ts"), "connect", "orders", ...argv]
    .map(word => `'${word}'`)
    .join(" ");
  const rest = [...typed];
  return new Promise((done, reject) => {
    // From util-linux, which every Debian has.
    const child = spawn("script", ["-qefc", line, "/dev/null"], { env, cwd: tmpdir() });
    let screen = "";
    let timer: NodeJS.Timeout | undefined;
    const type = () => {
      if (rest[0]?.after.test(screen)) child.stdin.write(`${rest.shift()!.line}\r`);
    };
    child.stdout.on("data", chunk => {
      screen += chunk;
      clearTimeout(timer);
      timer = setTimeout(type, QUIET_MS);
    });
    child.once("error", reject);
    const end = setTimeout(() => child.kill("SIGKILL"), LONGEST_MS);
    child.once("close", code => {
      clearTimeout(end);
      clearTimeout(timer);
      done({ code: code ?? -1, screen });
    });
    child.stdin.on("error", () => {});
  });
}

/** A server that offers no TLS and asks for the password in clear text: what a thief of tokens would run. */
export async function startPlainServer() {
  const got: Buffer[] = [];
  const write = (socket: Socket, sequence: number, payload: Buffer) =>
    socket.write(Buffer.concat([Buffer.from([payload.length, 0, 0, sequence]), payload]));
  const server = createServer(socket => {
    const capabilities =
      CLIENT.PROTOCOL_41 | CLIENT.SECURE_CONNECTION | CLIENT.PLUGIN_AUTH | CLIENT.CONNECT_WITH_DB;
    const greeting = { version: "8.0.36", threadId: 7, capabilities, charset: 45, status: 2 };
    write(socket, 0, greetingPayload(greeting, Buffer.alloc(20, "x"), "caching_sha2_password"));
    socket.on("data", data => {
      got.push(data);
      write(socket, data[3]! + 1, Buffer.from("\xfemysql_clear_password\0", "latin1"));
    });
    socket.on("error", () => {});
  });
  await new Promise<void>(resolve => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { port, got, stop: () => void server.close() };
}

export const pem = (file: string): string => readFileSync(file, "utf8");
