import { type ChildProcess, type ChildProcessByStdio, type StdioOptions, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Readable } from "node:stream";

import { isRunning } from "./process-identity";

/** The first executable of this name on PATH. */
export function findOnPath(name: string, path = process.env["PATH"] ?? ""): string | undefined {
  return path
    .split(delimiter)
    .filter(Boolean)
    .map(directory => join(directory, name))
    .find(existsSync);
}

export interface SpawnOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string | undefined;
  readonly stdio?: StdioOptions;
  /** Whether the process outlives this one. @default false */
  readonly detached?: boolean;
  /**
   * Whether the process has a session of its own. A process that gets stopped needs one: a system sends
   * SIGHUP to
   * a shell's job that loses the shell while one of its processes is stopped. @default false
   */
  readonly ownSession?: boolean;
}

const children = new Set<ChildProcess>();
let watching = false;

/**
 * Starts a process that ends with this one: handlers for exit, SIGINT and SIGTERM kill it. On Linux with
 * `setpriv`, the kernel kills it also when this process is killed, or when its exit handlers do not run
 * (jest).
 */
export function spawnChild(
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
): ChildProcess {
  const { detached = false, ownSession = detached, env = process.env, cwd, stdio = "ignore" } = options;
  const setpriv = detached ? undefined : findOnPath("setpriv");
  const line = setpriv ? [setpriv, "--pdeathsig", "KILL", command, ...args] : [command, ...args];
  const child = spawn(line[0]!, line.slice(1), { env, stdio, detached: ownSession, cwd });
  if (detached) {
    child.unref();
    return child;
  }
  children.add(child);
  child.once("exit", () => children.delete(child));
  watch();
  return child;
}

function watch(): void {
  if (watching) return;
  watching = true;
  const killAll = () => {
    for (const child of children) child.kill("SIGKILL");
  };
  process.once("exit", killAll);
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    process.once(signal, () => {
      killAll();
      process.exit(code);
    });
  }
}

/** Ends a process by id: with SIGTERM, and with SIGKILL if it still runs after the grace period. */
export async function endProcess(pid: number, graceMs = 5_000): Promise<void> {
  signal(pid, "SIGTERM");
  if (await waitForExit(pid, graceMs)) return;
  signal(pid, "SIGKILL");
  await waitForExit(pid, 5_000);
}

/** Waits until a process has ended. @returns `false` if it still runs after `timeoutMs` */
export async function waitForExit(pid: number, timeoutMs: number): Promise<boolean> {
  for (const deadline = Date.now() + timeoutMs; isRunning(pid); ) {
    if (Date.now() > deadline) return false;
    await sleep(10);
  }
  return true;
}

export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms));
}

/** The result of a program. */
export interface ProgramOutput {
  /** The exit code; `null` when a signal ended the program. */
  readonly status: number | null;
  /** Standard output only. */
  readonly stdout: string;
  /** Standard output and standard error, in the order in which they arrived. */
  readonly text: string;
}

/** Reads the output of a program until it ends. @throws Error when it cannot be started */
export function outputOf(child: ChildProcessByStdio<null, Readable, Readable>): Promise<ProgramOutput> {
  return new Promise((resolve, reject) => {
    let text = "";
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      stdout += chunk;
      text += chunk;
    });
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    child.once("error", reject);
    child.once("close", status => resolve({ status, stdout, text }));
  });
}
