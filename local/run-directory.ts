import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { isRunning } from "./process-identity";

const PREFIX = "aurora-users-";

/**
 * A new directory for one running part, below the system's temporary directory (socket paths must be short).
 * Directories of parts that were killed are swept first: those whose `pid` file names no process, a minute old at least.
 */
export async function makeRunDirectory(kind: string): Promise<string> {
  mkdirSync(tmpdir(), { recursive: true });
  for (const name of readdirSync(tmpdir())) {
    if (name.startsWith(PREFIX)) sweep(join(tmpdir(), name));
  }
  return mkdtemp(join(tmpdir(), `${PREFIX}${kind}-`));
}

function sweep(directory: string): void {
  try {
    if (Date.now() - statSync(directory).mtimeMs < 60_000) return;
    if (isRunning(Number.parseInt(readFileSync(join(directory, "pid"), "utf8"), 10))) return;
    rmSync(directory, { recursive: true, force: true });
  } catch {
    // Another process's directory, or one without a pid file: not ours to judge.
  }
}
