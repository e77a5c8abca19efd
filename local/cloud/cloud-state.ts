import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";

import { cacheDirectory } from "../process/cache-directory";
import { endProcess } from "../process/child-process";
import { isSameProcess, startTime } from "../process/process-identity";
import type { CloudDescription } from "./cloud";

/** A process, identified so that no other process is mistaken for it. */
export interface ProcessRecord {
  readonly pid: number;
  readonly startTime: string | undefined;
}

/** The file that describes a cloud in the background. */
export interface CloudState {
  readonly daemon: ProcessRecord;
  /** The servers that the daemon started. */
  readonly children: readonly ProcessRecord[];
  /** The socket that moves the clock. */
  readonly controlSocket: string;
  readonly description: CloudDescription;
}

/** `AURORA_USERS_LOCAL_STATE`, else a file in the cache directory. */
export function stateFile(): string {
  return process.env["AURORA_USERS_LOCAL_STATE"] || join(cacheDirectory(), "local-cloud.json");
}

export function logFile(): string {
  return `${stateFile()}.log`;
}

export function recordProcess(pid: number): ProcessRecord {
  return { pid, startTime: startTime(pid) };
}

export function readState(): CloudState | undefined {
  try {
    return JSON.parse(readFileSync(stateFile(), "utf8")) as CloudState;
  } catch {
    return undefined;
  }
}

/** Only the owner can read the file: it holds the administrators' passwords. */
export function writeState(state: CloudState): void {
  const file = stateFile();
  writeFileSync(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** Whether every part runs and answers. */
export async function isHealthy({ daemon, children, description }: CloudState): Promise<boolean> {
  if (![daemon, ...children].every(one => isSameProcess(one.pid, one.startTime))) return false;
  const ports = [
    Number(new URL(description.endpoint).port),
    ...Object.values(description.clusters).map(cluster => cluster.port),
  ];
  return (await Promise.all(ports.map(answers))).every(Boolean);
}

/** Ends the recorded processes and removes the state. A process that only has the same id is not ended. */
export async function endCloud(state: CloudState): Promise<void> {
  // The daemon ends its servers. Here the remaining ones are ended.
  for (const { pid, startTime: started } of [state.daemon, ...state.children]) {
    if (isSameProcess(pid, started)) await endProcess(pid);
  }
  if (existsSync(stateFile())) rmSync(stateFile());
}

function answers(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host: "127.0.0.1", port, timeout: 2_000 });
    const end = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket
      .once("connect", () => end(true))
      .once("error", () => end(false))
      .once("timeout", () => end(false));
  });
}
