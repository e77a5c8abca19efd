import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { isRunning } from "./process-identity";

const PREFIX = "aurora-users-";
const OWNER = "owner";

/**
 * Creates a directory for one running part, in the system's temporary directory because socket paths must be
 * short. First it removes the directories of processes that ended without removing them.
 */
export async function makeRunDirectory(kind: string): Promise<string> {
  for (const name of readdirSync(tmpdir())) {
    if (name.startsWith(PREFIX)) removeIfOrphaned(join(tmpdir(), name));
  }
  const directory = await mkdtemp(join(tmpdir(), `${PREFIX}${kind}-`));
  writeFileSync(join(directory, OWNER), String(process.pid));
  return directory;
}

function removeIfOrphaned(directory: string): void {
  try {
    if (!isRunning(Number.parseInt(readFileSync(join(directory, OWNER), "utf8"), 10)))
      rmSync(directory, { recursive: true, force: true });
  } catch {
    // It is not a run directory, belongs to another user, or is being created.
  }
}
