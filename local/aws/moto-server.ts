import { execFile } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import { cacheDirectory } from "../process/cache-directory";
import { endProcess, findOnPath, sleep, spawnChild } from "../process/child-process";
import { freePort } from "../process/free-port";
import { LocalError, MissingPartError } from "../process/local-error";
import { loopbackContainers } from "../process/loopback-containers";
import { isRunning } from "../process/process-identity";
import { makeRunDirectory } from "../process/run-directory";

const run = promisify(execFile);
const VERSION = "5.2.1";
const INSTALL =
  "install Python 3 with venv (Debian: apt-get install python3-venv), " +
  `or: pip install 'moto[server]==${VERSION}', or run a Docker engine`;

/** A running moto, the emulator of AWS. It keeps everything in memory. */
export interface MotoServer {
  readonly port: number;
  /** Absent when moto runs in a container. */
  readonly pid?: number;
  stop(): Promise<void>;
}

/**
 * Starts moto: `moto_server` from PATH, else from a virtual environment in the cache (created on first use),
 * else the Docker image. It ends with this process.
 *
 * @throws MissingPartError when none of these is available
 * @see https://docs.getmoto.org/en/latest/docs/server_mode.html
 */
export async function startMoto(): Promise<MotoServer> {
  const command = findOnPath("moto_server") ?? (await fromVirtualEnvironment());
  if (!command) return startMotoContainer();
  const directory = await makeRunDirectory("moto");
  const logFile = join(directory, "log");
  const log = openSync(logFile, "a");
  const port = await freePort();
  const child = spawnChild(command, ["-H", "127.0.0.1", "-p", String(port)], {
    stdio: ["ignore", log, log],
    env: { ...process.env, PYTHONPATH: join(__dirname, "moto") },
  });
  closeSync(log);
  const pid = child.pid ?? 0;
  await waitUntilItAnswers(port, () => {
    if (!isRunning(pid))
      throw new LocalError(
        `moto_server ended during its start:\n${readFileSync(logFile, "utf8").slice(-2_000)}`,
      );
  });
  return {
    port,
    pid,
    async stop() {
      await endProcess(pid, 0);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function waitUntilItAnswers(port: number, check: () => void): Promise<void> {
  for (const deadline = Date.now() + 60_000; ; await sleep(50)) {
    check();
    const answered = await fetch(`http://127.0.0.1:${port}/moto-api/`).then(
      response => response.ok,
      () => false,
    );
    if (answered) return;
    if (Date.now() > deadline) throw new LocalError("moto_server did not answer within 60 s");
  }
}

async function fromVirtualEnvironment(): Promise<string | undefined> {
  const directory = cacheDirectory(`moto-${VERSION}`);
  const command = join(directory, "bin", "moto_server");
  if (existsSync(command)) return command;
  const python = findOnPath("python3");
  if (!python) return undefined;
  process.stderr.write(`provision-moto: installing moto ${VERSION} into the cache (once, about a minute)\n`);
  try {
    await run(python, ["-m", "venv", directory]);
    await run(join(directory, "bin", "pip"), [
      "install",
      "--quiet",
      "--disable-pip-version-check",
      `moto[server]==${VERSION}`,
    ]);
    return command;
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    const problem = (error as Error).message.split("\n").slice(0, 3).join(" ");
    process.stderr.write(`provision-moto: the installation failed: ${problem}\n`);
    return undefined;
  }
}

/** Starts moto's image. @throws MissingPartError when no Docker engine answers */
export async function startMotoContainer(): Promise<MotoServer> {
  const { GenericContainer } = await loopbackContainers();
  try {
    const container = await new GenericContainer(`motoserver/moto:${VERSION}`).withExposedPorts(5000).start();
    const port = container.getMappedPort(5000);
    await waitUntilItAnswers(port, () => {});
    return { port, stop: async () => void (await container.stop()) };
  } catch (cause) {
    throw new MissingPartError(`moto, the AWS emulator, is missing: ${INSTALL}`, { cause });
  }
}
