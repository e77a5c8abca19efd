import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

import { sleep, spawnChild } from "../process/child-process";
import { LocalError } from "../process/local-error";
import { isRunning } from "../process/process-identity";
import type { CloudDescription, CloudOptions } from "./cloud";
import { type CloudControl, controlAt } from "./cloud-control";
import { type CloudState, endCloud, isHealthy, logFile, readState, stateFile } from "./cloud-state";

/** The first start on a machine downloads MySQL and may install moto. */
const START_LIMIT_MS = 300_000;

/** What `up` starts. */
export type UpOptions = Pick<CloudOptions, "clusters" | "line">;

/** Writes progress to standard error: standard output is for the answer. */
const say = (text: string) => void process.stderr.write(text);

/**
 * Starts a cloud in the background, unless one runs, and describes it. A cloud of which parts have ended is
 * stopped and started again.
 */
export async function up(options: UpOptions = {}): Promise<CloudDescription> {
  const { clusters, line } = options;
  mkdirSync(dirname(stateFile()), { recursive: true });
  return exclusively(async () => {
    const running = readState();
    if (running && (await isHealthy(running))) {
      const known = Object.keys(running.description.clusters);
      const { mysqlLine } = running.description;
      if ((clusters && clusters.join() !== known.join()) || (line && line !== mysqlLine)) {
        const runs = `MySQL ${mysqlLine} and the clusters ${known.join(", ")}`;
        say(`local: already running with ${runs}; run "down" first to change them\n`);
      }
      return running.description;
    }
    if (running) {
      say("local: parts of the running cloud have ended; starting it again\n");
      await endCloud(running);
    }
    return (await launch(options)).description;
  });
}

/** Stops the cloud in the background. @returns whether one was running */
export async function down(): Promise<boolean> {
  mkdirSync(dirname(stateFile()), { recursive: true });
  return exclusively(async () => {
    const state = readState();
    if (state) await endCloud(state);
    return state !== undefined;
  });
}

/** The running cloud, and whether all its parts answer. */
export async function status(): Promise<{ description: CloudDescription; healthy: boolean } | undefined> {
  const state = readState();
  return state && { description: state.description, healthy: await isHealthy(state) };
}

/** The running cloud's clock. @throws LocalError when no cloud runs */
export function control(): CloudControl {
  const state = readState();
  if (!state) throw new LocalError('nothing is running; start it with "npm run local -- up"');
  return controlAt(state.controlSocket);
}

async function launch(options: UpOptions): Promise<CloudState> {
  say("local: starting MySQL and AWS\n");
  const log = openSync(logFile(), "w", 0o600);
  const args = ["--import", pathToFileURL(require.resolve("tsx")).href, join(__dirname, "cloud-daemon.ts")];
  args.push(JSON.stringify(options));
  const child = spawnChild(process.execPath, args, { detached: true, stdio: ["ignore", log, log] });
  closeSync(log);
  let shown = 0;
  for (const deadline = Date.now() + START_LIMIT_MS; Date.now() < deadline; await sleep(50)) {
    const text = readFileSync(logFile(), "utf8");
    say(text.slice(shown));
    shown = text.length;
    const state = readState();
    if (state && state.daemon.pid === child.pid) return state;
    if (!isRunning(child.pid ?? 0))
      throw new LocalError(
        `the local cloud did not start: ${text.trim().split("\n").at(-1)} (see ${logFile()})`,
      );
  }
  child.kill("SIGTERM");
  throw new LocalError(
    `the local cloud did not start in ${START_LIMIT_MS / 60_000} minutes (see ${logFile()})`,
  );
}

/** Runs one `up` or `down` at a time. A lock of a process that has ended does not count. */
async function exclusively<T>(act: () => Promise<T>): Promise<T> {
  const lock = `${stateFile()}.lock`;
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: "wx" });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const holder = Number(readIfExists(lock));
      if (holder && !isRunning(holder)) rmSync(lock, { force: true });
      else await sleep(100);
    }
  }
  try {
    return await act();
  } finally {
    rmSync(lock, { force: true });
  }
}

function readIfExists(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
