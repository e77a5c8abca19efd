import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { isRunning } from "./process-identity";

const PREFIX = "aurora-users-";
const OWNER = "owner";

/**
 * A new directory for one running part, below the system's temporary directory (socket paths must be short). Those of
 * processes that ended without removing them are swept first.
 */
export async function makeRunDirectory(kind: string): Promise<string> {
  for (const name of readdirSync(tmpdir())) {
    if (name.startsWith(PREFIX)) sweep(join(tmpdir(), name));
  }
  const directory = await mkdtemp(join(tmpdir(), `${PREFIX}${kind}-`));
  writeFileSync(join(directory, OWNER), String(process.pid));
  return directory;
}

function sweep(directory: string): void {
  try {
    if (!isRunning(Number.parseInt(readFileSync(join(directory, OWNER), "utf8"), 10)))
      rmSync(directory, { recursive: true, force: true });
  } catch {
    // Not one of these, not ours to remove, or just being made.
  }
}
