// try-clients: runs the code of docs/applications.md (examples/clients/) against the local MySQL, as an
// application does: each driver logs in by tokens of IAM, within verified TLS. Run it by hand before a
// release and when a version there changes. Downloads 150 MB from PyPI, Maven Central and the Go modules
// into the cache.
//
//   npx tsx scripts/try-clients.ts [driver...]     without names: all
//
// Exit codes: 0 all claims hold, 1 one does not, or a part is missing.
import { type ChildProcess, execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { sleep, spawnChild } from "../local/process/child-process";
import { reportError } from "../local/process/report-error";
import {
  ACCOUNT,
  HOST,
  type LoginFixture,
  pem,
  startLoginFixture,
  startPlainServer,
} from "../test/local/login/login-fixture";
import { asRoot, iamToken, logIn, TEST_KEY } from "../test/support/mysql-login";
import { type ClientProgram, PROGRAMS } from "./client-programs";

const OTHER_KEY = { id: "AKIATESTKEY000000002", secret: "other-secret" };
/** How long the AWS credentials of a program last, in seconds: as short as a role's would never be. */
const CREDENTIALS_S = 4;
const LONGEST_MS = 60_000;
const WRONG_NAME =
  /altnames|hostname|certificate is (not )?valid for|does not match|No subject alternative|verification|identity/i;
const SESSION = new RegExp(`^session of ${ACCOUNT.replace(".", "\\.")}@% by TLS_\\w+$`, "gm");

let failed = 0;
function claim(what: string, holds: boolean, found: string): void {
  console.log(`${holds ? "ok    " : "FAILED"} ${what}${holds ? "" : `\n${found}`}`);
  if (!holds) failed++;
}

/** A program that runs, and what it printed so far. */
interface Running {
  readonly child: ChildProcess;
  text: string;
  readonly ended: Promise<number | null>;
}

function start(program: ClientProgram, env: Record<string, string>): Running {
  const [command, ...args] = program.command;
  const child = spawnChild(command!, args, { stdio: "pipe", env: { ...process.env, ...env } });
  const running: Running = {
    child,
    text: "",
    ended: new Promise((resolve, reject) => void child.once("close", resolve).once("error", reject)),
  };
  for (const stream of [child.stdout!, child.stderr!])
    stream.setEncoding("utf8").on("data", (piece: string) => {
      running.text += piece;
    });
  const end = setTimeout(() => child.kill("SIGKILL"), LONGEST_MS);
  child.once("close", () => clearTimeout(end));
  return running;
}

const sessions = ({ text }: Running) => text.match(SESSION)?.length ?? 0;

/** The profile of an application in AWS: credentials that end, and are made again by the role. */
class Role {
  readonly #folder: string;
  constructor(folder: string) {
    this.#folder = folder;
    const print = 'sed "s/EXPIRES/$(date -u -d "+$1 sec" +%FT%TZ)/" "$2"';
    writeFileSync(join(folder, "role.sh"), print);
    const command = `sh ${join(folder, "role.sh")} ${CREDENTIALS_S} ${join(folder, "role.json")}`;
    writeFileSync(join(folder, "config"), `[default]\nregion = eu-west-1\ncredential_process = ${command}\n`);
    writeFileSync(join(folder, "credentials"), "");
  }
  gives({ id, secret }: { readonly id: string; readonly secret: string }): void {
    const key = { Version: 1, AccessKeyId: id, SecretAccessKey: secret, Expiration: "EXPIRES" };
    writeFileSync(join(this.#folder, "role.json"), JSON.stringify(key));
  }
  get env(): Record<string, string> {
    const [AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE] = ["config", "credentials"].map(file =>
      join(this.#folder, file),
    ) as [string, string];
    return { AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE, AWS_REGION: "eu-west-1" };
  }
}

/** The pool opens a second connection when the token of the first one, and its key, are worth nothing. */
async function tryPool(
  program: ClientProgram,
  { server, ca }: LoginFixture,
  role: Role,
  env: Record<string, string>,
) {
  role.gives(TEST_KEY);
  await server.allowKeys([TEST_KEY]);
  const running = start(program, env);
  const until = Date.now() + LONGEST_MS;
  while (sessions(running) === 0 && running.child.exitCode === null && Date.now() < until) await sleep(50);
  claim(
    `${program.name}: a session by a token, over TLS`,
    sessions(running) === 1,
    running.text + server.log(),
  );
  role.gives(OTHER_KEY);
  await server.allowKeys([OTHER_KEY]);
  await sleep(CREDENTIALS_S * 1000 + 500);
  const old = await logIn(
    { ...server, ca: pem(ca) },
    ACCOUNT,
    await iamToken(server, ACCOUNT, TEST_KEY),
  ).then(
    session => session.end().then(() => "a session"),
    (error: { readonly code?: string }) => error.code,
  );
  claim(
    `${program.name}: a token of the first key is refused by now`,
    old === "ER_ACCESS_DENIED_ERROR",
    `${old}`,
  );
  running.child.stdin!.end("\n");
  const code = await running.ended;
  claim(
    `${program.name}: the pool's next connection has a token of its own`,
    code === 0 && sessions(running) === 2,
    running.text,
  );
}

async function tryRefused(program: ClientProgram, what: string, env: Record<string, string>, reason: RegExp) {
  const running = start(program, env);
  running.child.stdin!.end();
  const code = await running.ended;
  const holds = code === 1 && sessions(running) === 0 && reason.test(running.text);
  claim(`${program.name}: no session ${what}`, holds, `exit code ${code}: ${running.text}`);
  const said = running.text.split("\n").find(line => line.startsWith("refused"));
  if (holds) console.log(`       ${said?.slice(0, 200)}`);
}

/** Gives the server another certificate of the same authority. */
async function certify({ folder, server }: LoginFixture, names: readonly string[]): Promise<void> {
  writeFileSync(join(folder, "names"), `subjectAltName=${names.map(name => `DNS:${name}`).join(",")}`);
  const signing = "-CA ca.pem -CAkey ca.key -CAcreateserial -days 9 -extfile names".split(" ");
  execFileSync("openssl", ["x509", "-req", "-in", "server.csr", ...signing, "-out", "server.pem"], {
    cwd: folder,
    stdio: "pipe",
  });
  const root = await asRoot(server);
  await root.query("ALTER INSTANCE RELOAD TLS");
  await root.end();
}

async function tryProgram(program: ClientProgram, fixture: LoginFixture, role: Role): Promise<void> {
  const { server, ca, otherCa } = fixture;
  const cluster = { DB_HOST: "localhost", DB_PORT: `${server.port}`, DB_NAME: "orders", DB_USER: ACCOUNT };
  const env = { ...role.env, ...cluster, DB_CA: ca };
  await tryPool(program, fixture, role, env);
  const plain = await startPlainServer();
  const withoutTls = { ...env, DB_HOST: "127.0.0.1", DB_PORT: `${plain.port}` };
  await tryRefused(program, "where the server offers no TLS", withoutTls, /ssl|tls|secure/i);
  plain.stop();
  const got = Buffer.concat(plain.got);
  claim(`${program.name}: that server got no token`, !got.includes("X-Amz"), `${got}`);
  await tryRefused(
    program,
    "with another certificate authority",
    { ...env, DB_CA: otherCa },
    /certificat|PKIX/i,
  );
  await certify(fixture, [HOST]);
  await tryRefused(program, "where the certificate is for another host", env, WRONG_NAME);
  await certify(fixture, ["localhost", HOST]);
}

async function main(names: readonly string[]): Promise<void> {
  const unknown = names.find(name => !PROGRAMS.some(program => program.name === name));
  if (unknown !== undefined)
    throw new Error(`there is no driver "${unknown}": ${PROGRAMS.map(({ name }) => name).join(", ")}`);
  const fixture = await startLoginFixture();
  const role = new Role(fixture.folder);
  try {
    for (const program of PROGRAMS.filter(({ name }) => names.length === 0 || names.includes(name))) {
      program.provide();
      await tryProgram(program, fixture, role);
    }
  } finally {
    await fixture.stop();
  }
}

main(process.argv.slice(2)).then(
  () => {
    process.exitCode = failed === 0 ? 0 : 1;
  },
  (error: unknown) => {
    reportError("try-clients", error);
    process.exitCode = 1;
  },
);
