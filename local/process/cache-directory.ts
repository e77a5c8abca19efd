import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/**
 * The directory for downloads and prepared data directories: `AURORA_USERS_CACHE`, else
 * `$XDG_CACHE_HOME/cdktf-aurora-users`, else `~/.cache/cdktf-aurora-users`. It is created when it is missing,
 * and can be deleted while nothing runs.
 */
export function cacheDirectory(...below: string[]): string {
  const { AURORA_USERS_CACHE, XDG_CACHE_HOME } = process.env;
  const root = AURORA_USERS_CACHE || join(XDG_CACHE_HOME || join(homedir(), ".cache"), "cdktf-aurora-users");
  const directory = join(root, ...below);
  mkdirSync(directory, { recursive: true });
  return directory;
}
