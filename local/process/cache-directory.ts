import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Where downloads and prepared data directories are kept between runs: `AURORA_USERS_CACHE`, else
 * `$XDG_CACHE_HOME/cdktf-aurora-users`, else `~/.cache/cdktf-aurora-users`. Created when it is missing;
 * may be deleted at any time while nothing runs.
 */
export function cacheDirectory(...below: string[]): string {
  const { AURORA_USERS_CACHE, XDG_CACHE_HOME } = process.env;
  const root = AURORA_USERS_CACHE || join(XDG_CACHE_HOME || join(homedir(), ".cache"), "cdktf-aurora-users");
  const directory = join(root, ...below);
  mkdirSync(directory, { recursive: true });
  return directory;
}
