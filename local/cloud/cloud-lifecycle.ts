import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

import { sleep, spawnChild } from "../process/child-process";
import { LocalError } from "../process/local-error";
import { isRunning } from "../process/process-identity";
import type { CloudDescription } from "./cloud";
import { type CloudControl, controlAt } from "./cloud-control";
import { type CloudState, endCloud, isHealthy, logFile, readState, stateFile } from "./cloud-state";

/** The first start on a machine fetches MySQL and may install moto. */
const START_LIMIT_MS = 300_000;

/** Progress for whoever waits; never on standard output, which is for the answer. */
const say = (text: string) => void process.stderr.write(text);

/**
 * Sees to it that a cloud runs in the background, and describes it. One that runs is used as it is; one of which parts
 * are gone is ended and started anew.
 */
export async function up(clusters?: readonly string[]): Promise<CloudDescription> {
  mkdirSync(dirname(stateFile()), { recursive: true });
  return exclusively(async () => {
    const running = readState();
    if (running && (await isHealthy(running))) {
      const known = Object.keys(running.description.clusters);
      if (clusters && clusters.join() !== known.join()) {
        say(
          `local: already running with the clusters ${known.join(", ")}; run "down" first to have others\n`,
        );
      }
      return running.description;
    }
    if (running) {
      say("local: parts of the running cloud are gone; starting it anew\n");
      await endCloud(running);
    }
    return (await launch(clusters)).description;
  });
}

/** Ends the cloud in the background. `false` when none was running. */
export async function down(): Promise<boolean> {
  mkdirSync(dirname(stateFile()), { recursive: true });
  return exclusively(async () => {
    const state = readState();
    if (state) await endCloud(state);
    return state !== undefined;
  });
}

/** What runs: the description, and whether all of it answers. */
export async function status(): Promise<{ description: CloudDescription; healthy: boolean } | undefined> {
  const state = readState();
  return state && { description: state.description, healthy: await isHealthy(state) };
}

/** The running cloud's clock. @throws LocalError when none runs */
export function control(): CloudControl {
  const state = readState();
  if (!state) throw new LocalError('nothing is running; start it with "npm run local -- up"');
  return controlAt(state.controlSocket);
}

async function launch(clusters: readonly string[] | undefined): Promise<CloudState> {
  say("local: starting MySQL and AWS\n");
  const log = openSync(logFile(), "w", 0o600);
  const args = [
    "--import",
    pathToFileURL(require.resolve("tsx")).href,
    join(__dirname, "cloud-daemon.ts"),
    ...(clusters ? [clusters.join()] : []),
  ];
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

/** One `up` or `down` at a time; a lock whose holder is gone does not count. */
async function exclusively<T>(act: () => Promise<T>): Promise<T> {
  const lock = `${stateFile()}.lock`;
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: "wx" });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const holder = Number(readIfThere(lock));
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

function readIfThere(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
