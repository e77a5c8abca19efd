import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, existsSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { endProcess, signal, sleep, spawnChild, waitForExit } from "../process/child-process";
import { freePort } from "../process/free-port";
import { LocalError } from "../process/local-error";
import { isRunning, isStopped } from "../process/process-identity";
import { makeRunDirectory } from "../process/run-directory";
import { VERSION_OF_84 } from "./mysql-shape";
import { type MySqlTemplate, provisionMySql } from "./mysql-template";
import type { IamKey, MySqlOptions, MySqlServer, TokenScope } from "./server";

const CONNECT_TIMEOUT = "--connect-timeout=";

/** Aurora MySQL 8.4 takes no logins without TLS. It still has `mysql_native_password`, which 9.7 has not. */
const LIKE_84 = [
  "--require-secure-transport=ON",
  "--plugin-load-add=version_standin=version_standin.so",
  "--plugin-load-add=mysql_native_password=native_password_standin.so",
];

/** mysqld ended before it listened. */
class StartError extends LocalError {
  constructor(
    message: string,
    /** Another process took the port after this one chose it. */
    readonly isPortTaken: boolean,
  ) {
    super(message);
  }
}

/** Starts a server as a process of this machine. Needs `canProvisionMySql()`. */
export async function startNativeMySql(options: MySqlOptions): Promise<MySqlServer> {
  const template = await provisionMySql(options);
  const runDirectory = await makeRunDirectory("mysql");
  const data = join(runDirectory, "data");
  await promisify(execFile)("cp", ["-a", "--reflink=auto", "--sparse=always", template.dataDirectory, data]);
  const server = new NativeMySql(template, runDirectory, options.port ?? (await freePort()), options);
  try {
    await server.start();
    return server;
  } catch (error) {
    const isPortTaken = error instanceof StartError && error.isPortTaken;
    if (!isPortTaken || options.port !== undefined) throw error;
    return startNativeMySql(options);
  }
}

/** The text of the file that the IAM stand-in reads at each login (see `aws_auth_standin.cc`). */
function iamFile(keys: readonly IamKey[], scope: TokenScope = {}, aheadMs = 0): string {
  const { endpoints = [], regions = [] } = scope;
  const lines = [
    ...keys.map(({ id, secret, users = [] }) => ["key", id, secret, ...users].join(" ")),
    ...endpoints.map(endpoint => `endpoint ${endpoint}`),
    ...regions.map(region => `region ${region}`),
  ];
  if (aheadMs !== 0) lines.push(`clock ${Math.round(aheadMs / 1000)}`);
  return lines.map(line => `${line}\n`).join("");
}

class NativeMySql implements MySqlServer {
  readonly host = "localhost";
  readonly iam = true;
  readonly line: MySqlServer["line"];
  readonly port: number;
  readonly runDirectory: string;
  readonly caFile: string;
  readonly ca: string;
  readonly admin: MySqlServer["admin"];
  readonly superuser: MySqlServer["superuser"];
  pid = 0;
  readonly #template: MySqlTemplate;
  readonly #options: MySqlOptions;
  #allowed: { readonly keys: readonly IamKey[]; readonly scope: TokenScope | undefined } | undefined;
  #aheadMs = 0;

  constructor(template: MySqlTemplate, runDirectory: string, port: number, options: MySqlOptions) {
    this.#template = template;
    this.line = template.line;
    this.runDirectory = runDirectory;
    this.port = port;
    this.#options = options;
    this.caFile = join(template.tls, "ca.pem");
    this.ca = readFileSync(this.caFile, "utf8");
    const password = options.adminPassword ?? randomBytes(18).toString("base64url");
    this.admin = { username: "admin", password };
    this.superuser = { socketPath: join(runDirectory, "s"), user: "root" };
  }

  async start(): Promise<void> {
    const pidFile = join(this.runDirectory, "pid");
    rmSync(pidFile, { force: true });
    const initFile = join(this.runDirectory, "init.sql");
    const password = this.admin.password.replace(/[\\']/g, "\\$&");
    writeFileSync(initFile, `ALTER USER 'admin'@'%' IDENTIFIED BY '${password}';\n`, { mode: 0o600 });
    const log = openSync(join(this.runDirectory, "log"), "a");
    const child = spawnChild(this.#template.mysqld, this.#arguments(pidFile, initFile), {
      stdio: ["ignore", log, log],
      env: {
        PATH: process.env["PATH"],
        MYSQL_VERSION_STANDIN: this.#options.version ?? VERSION_OF_84,
        AWS_AUTH_STANDIN_FILE: join(this.runDirectory, "aws-auth"),
        AWS_AUTH_STANDIN_CONNECT_TIMEOUT: this.#options.args
          ?.find(arg => arg.startsWith(CONNECT_TIMEOUT))
          ?.slice(CONNECT_TIMEOUT.length),
      },
    });
    closeSync(log);
    if (!child.pid) throw new LocalError("mysqld could not be started");
    this.pid = child.pid;
    const deadline = Date.now() + 30_000;
    // mysqld writes the pid file once it listens.
    while (!existsSync(pidFile) || readFileSync(pidFile, "utf8").trim() === "") {
      if (!isRunning(this.pid)) {
        const isPortTaken = this.log().includes("Address already in use");
        throw new StartError(`mysqld ended during its start:\n${this.log()}`, isPortTaken);
      }
      if (Date.now() > deadline) throw new LocalError(`mysqld did not start within 30 s:\n${this.log()}`);
      await sleep(10);
    }
  }

  #arguments(pidFile: string, initFile: string): string[] {
    const { partialRevokes = true, lowerCaseTableNames = 0, sqlMode, args = [] } = this.#options;
    const { tls } = this.#template;
    const options = [
      `--user=${userInfo().username}`,
      `--datadir=${join(this.runDirectory, "data")}`,
      "--bind-address=127.0.0.1",
      `--port=${this.port}`,
      `--socket=${this.superuser.socketPath}`,
      `--pid-file=${pidFile}`,
      `--init-file=${initFile}`,
      "--skip-name-resolve",
      "--loose-mysqlx=OFF",
      `--ssl-ca=${join(tls, "ca.pem")}`,
      `--ssl-cert=${join(tls, "server-cert.pem")}`,
      `--ssl-key=${join(tls, "server-key.pem")}`,
      "--plugin-load-add=AWSAuthenticationPlugin=aws_auth_standin.so",
      `--partial-revokes=${partialRevokes ? "ON" : "OFF"}`,
      `--lower-case-table-names=${lowerCaseTableNames}`,
      "--log-bin-trust-function-creators=ON",
      "--skip-log-bin",
      // A commit is written to the system's cache only: it survives a kill of the server and costs no disk
      // access.
      "--innodb-flush-log-at-trx-commit=2",
      "--innodb-flush-method=nosync",
      "--innodb-doublewrite=OFF",
      "--innodb-buffer-pool-size=32M",
      "--innodb-redo-log-capacity=64M",
      "--innodb-use-native-aio=OFF",
      "--performance-schema=OFF",
      "--secure-file-priv=",
      "--max-connections=200",
      "--log-error-verbosity=2",
      "--default-time-zone=+00:00",
    ];
    if (this.line === "9.7") options.push(...LIKE_84);
    if (sqlMode !== undefined) options.push(`--sql-mode=${sqlMode}`);
    return [...options, ...args];
  }

  async allowKeys(keys: readonly IamKey[], scope?: TokenScope): Promise<void> {
    this.#allowed = { keys, scope };
    this.#writeIamFile();
  }

  setTokenClock(aheadMs: number): void {
    this.#aheadMs = aheadMs;
    if (existsSync(this.runDirectory)) this.#writeIamFile();
  }

  #writeIamFile(): void {
    if (!this.#allowed) return;
    const file = join(this.runDirectory, "aws-auth");
    const text = iamFile(this.#allowed.keys, this.#allowed.scope, this.#aheadMs);
    writeFileSync(`${file}.new`, text, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }

  async kill(): Promise<void> {
    signal(this.pid, "SIGKILL");
    await waitForExit(this.pid, 5_000);
  }

  async stop(): Promise<void> {
    this.thaw();
    // Killed at once: the data is removed anyway.
    await endProcess(this.pid, 0);
    rmSync(this.runDirectory, { recursive: true, force: true });
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  async freeze(): Promise<void> {
    signal(this.pid, "SIGSTOP");
    const deadline = Date.now() + 2_000;
    while (!isStopped(this.pid) && Date.now() < deadline) await sleep(5);
  }

  thaw(): void {
    signal(this.pid, "SIGCONT");
  }

  log(): string {
    const file = join(this.runDirectory, "log");
    return existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(-40).join("\n") : "";
  }
}
