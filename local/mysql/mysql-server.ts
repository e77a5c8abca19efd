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
import { startMySqlContainer } from "./mysql-container";
import type { MySqlShape } from "./mysql-shape";
import { canProvisionMySql, type MySqlTemplate, provisionMySql } from "./mysql-template";

export interface MySqlOptions extends MySqlShape {
  /** The server's global `sql_mode`. @default - the server's own */
  readonly sqlMode?: string;
  /** More mysqld options, each `--name=value`. */
  readonly args?: readonly string[];
  /** @default - a free loopback port */
  readonly port?: number;
  /** @default - random */
  readonly adminPassword?: string;
}

/** A login by IAM token that the server is to know: an access key, and the accounts (globs) it may log in as. */
export interface IamKey {
  readonly id: string;
  readonly secret: string;
  /** @default - any account */
  readonly users?: readonly string[];
}

/** A running MySQL server on loopback, shaped like an Aurora MySQL 3 cluster's writer. */
export interface MySqlServer {
  readonly host: "localhost";
  readonly port: number;
  /** Changes with `restart()`. */
  readonly pid: number;
  /** The certificate authority that signed the server's certificate for `localhost`. */
  readonly caFile: string;
  /** Its PEM text. */
  readonly ca: string;
  readonly admin: { readonly username: string; readonly password: string };
  /** A superuser without a password, through the Unix socket; for tests that prepare what an administrator could not. */
  readonly superuser: { readonly socketPath: string; readonly user: "root" };
  /** Whether IAM tokens are checked; a stock MySQL image has no plugin for them. */
  readonly iam: boolean;
  readonly runDirectory: string;
  /** Replaces what the server knows of IAM, from the next login on. Without a call nobody logs in by token. */
  allowKeys(
    keys: readonly IamKey[],
    more?: { endpoints?: readonly string[]; regions?: readonly string[] },
  ): Promise<void>;
  /**
   * Tells it how far the cloud's time is ahead of the machine's: IAM tokens are good when they are by either. The server's own
   * clock stays the machine's.
   */
  setTokenClock(aheadMs: number): void;
  /** SIGKILL, as when the machine fails; what was committed is kept. */
  kill(): Promise<void>;
  /** Stops the server and removes its data. */
  stop(): Promise<void>;
  /** Starts it again after `kill()`, or kills it first: same data, same port. */
  restart(): Promise<void>;
  /** SIGSTOP: connections open and then hang. */
  freeze(): Promise<void>;
  thaw(): void;
  /** The last lines of the error log. */
  log(): string;
}

/**
 * Starts a MySQL server in under a second (the first call on a machine fetches and prepares it, about 15 s). It dies
 * with this process.
 *
 * @throws MissingPartError when there is neither apt nor a Docker engine
 */
export async function startMySql(options: MySqlOptions = {}): Promise<MySqlServer> {
  if (!canProvisionMySql()) return startMySqlContainer(options);
  const template = await provisionMySql(options);
  const runDirectory = await makeRunDirectory("mysql");
  const server = new LocalMySqlServer(template, runDirectory, options.port ?? (await freePort()), options);
  const copy = [
    "-a",
    "--reflink=auto",
    "--sparse=always",
    template.dataDirectory,
    join(runDirectory, "data"),
  ];
  await promisify(execFile)("cp", copy);
  try {
    await server.start();
    return server;
  } catch (error) {
    // Another process took the port between its choice and the server's start.
    const isTaken = error instanceof LocalError && error.message.includes("Address already in use");
    if (!isTaken || options.port !== undefined) throw error;
    return startMySql(options);
  }
}

/** The lines of the file that the IAM stand-in reads at each login (see `mysql/aws_auth_standin.cc`). */
export function iamFile(
  keys: readonly IamKey[],
  more: { endpoints?: readonly string[]; regions?: readonly string[] } = {},
  aheadMs = 0,
): string {
  const lines = [
    ...keys.map(key => ["key", key.id, key.secret, ...(key.users ?? [])].join(" ")),
    ...(more.endpoints ?? []).map(endpoint => `endpoint ${endpoint}`),
    ...(more.regions ?? []).map(region => `region ${region}`),
    ...(aheadMs === 0 ? [] : [`clock ${Math.round(aheadMs / 1000)}`]),
  ];
  return lines.map(line => `${line}\n`).join("");
}

class LocalMySqlServer implements MySqlServer {
  readonly host = "localhost" as const;
  readonly iam = true;
  #known: Parameters<MySqlServer["allowKeys"]> | undefined;
  #aheadMs = 0;
  readonly caFile: string;
  readonly ca: string;
  readonly admin: { username: string; password: string };
  readonly superuser: { socketPath: string; user: "root" };
  pid = 0;

  constructor(
    private readonly template: MySqlTemplate,
    readonly runDirectory: string,
    readonly port: number,
    private readonly options: MySqlOptions,
  ) {
    this.caFile = join(template.tls, "ca.pem");
    this.ca = readFileSync(this.caFile, "utf8");
    this.admin = {
      username: "admin",
      password: options.adminPassword ?? randomBytes(18).toString("base64url"),
    };
    this.superuser = { socketPath: join(runDirectory, "s"), user: "root" };
  }

  async start(): Promise<void> {
    const pidFile = join(this.runDirectory, "pid");
    rmSync(pidFile, { force: true });
    const initFile = join(this.runDirectory, "init.sql");
    const password = this.admin.password.replace(/[\\']/g, "\\$&");
    writeFileSync(initFile, `ALTER USER 'admin'@'%' IDENTIFIED BY '${password}';\n`, { mode: 0o600 });
    const log = openSync(join(this.runDirectory, "log"), "a");
    const child = spawnChild(this.template.mysqld, this.#arguments(pidFile, initFile), {
      stdio: ["ignore", log, log],
      env: { PATH: process.env["PATH"], AWS_AUTH_STANDIN_FILE: join(this.runDirectory, "aws-auth") },
    });
    closeSync(log);
    if (!child.pid) throw new LocalError("mysqld could not be started");
    this.pid = child.pid;
    // The pid file is written once the server listens.
    for (
      const deadline = Date.now() + 30_000;
      !existsSync(pidFile) || readFileSync(pidFile, "utf8").trim() === "";
    ) {
      if (!isRunning(this.pid)) throw new LocalError(`mysqld ended while it started:\n${this.log()}`);
      if (Date.now() > deadline) throw new LocalError(`mysqld did not start in 30 s:\n${this.log()}`);
      await sleep(10);
    }
  }

  #arguments(pidFile: string, initFile: string): string[] {
    const { partialRevokes = true, sqlMode, args = [] } = this.options;
    const { tls } = this.template;
    return [
      `--user=${userInfo().username}`,
      `--datadir=${join(this.runDirectory, "data")}`,
      ...[`--bind-address=127.0.0.1`, `--port=${this.port}`, `--socket=${this.superuser.socketPath}`],
      ...[`--pid-file=${pidFile}`, `--init-file=${initFile}`, "--skip-name-resolve", "--loose-mysqlx=OFF"],
      ...[
        `--ssl-ca=${join(tls, "ca.pem")}`,
        `--ssl-cert=${join(tls, "server-cert.pem")}`,
        `--ssl-key=${join(tls, "server-key.pem")}`,
      ],
      "--plugin-load-add=AWSAuthenticationPlugin=aws_auth_standin.so",
      "--plugin-load-add=mysql_native_password=native_password_standin.so",
      ...[
        `--partial-revokes=${partialRevokes ? "ON" : "OFF"}`,
        "--log-bin-trust-function-creators=ON",
        "--skip-log-bin",
      ],
      // Written to the system's cache at each commit: survives a kill, costs no disk.
      ...["--innodb-flush-log-at-trx-commit=2", "--innodb-flush-method=nosync", "--innodb-doublewrite=OFF"],
      ...["--innodb-buffer-pool-size=32M", "--innodb-redo-log-capacity=64M", "--innodb-use-native-aio=OFF"],
      ...[
        "--performance-schema=OFF",
        "--secure-file-priv=",
        "--max-connections=200",
        "--log-error-verbosity=2",
      ],
      "--default-time-zone=+00:00",
      ...(sqlMode === undefined ? [] : [`--sql-mode=${sqlMode}`]),
      ...args,
    ];
  }

  async allowKeys(
    keys: readonly IamKey[],
    more: { endpoints?: readonly string[]; regions?: readonly string[] } = {},
  ): Promise<void> {
    this.#known = [keys, more];
    this.#writeIamFile();
  }

  setTokenClock(aheadMs: number): void {
    this.#aheadMs = aheadMs;
    if (this.#known && existsSync(this.runDirectory)) this.#writeIamFile();
  }

  #writeIamFile(): void {
    const file = join(this.runDirectory, "aws-auth");
    writeFileSync(`${file}.new`, iamFile(...this.#known!, this.#aheadMs), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }

  async kill(): Promise<void> {
    signal(this.pid, "SIGKILL");
    await waitForExit(this.pid, 5_000);
  }

  async stop(): Promise<void> {
    this.thaw();
    // The data goes, so there is nothing to shut down in good order.
    await endProcess(this.pid, 0);
    rmSync(this.runDirectory, { recursive: true, force: true });
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  async freeze(): Promise<void> {
    signal(this.pid, "SIGSTOP");
    for (const deadline = Date.now() + 2_000; !isStopped(this.pid) && Date.now() < deadline; ) await sleep(5);
  }

  thaw(): void {
    signal(this.pid, "SIGCONT");
  }

  log(): string {
    const file = join(this.runDirectory, "log");
    return existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(-40).join("\n") : "";
  }
}
