import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { cacheDirectory } from "../process/cache-directory";
import { MissingPartError } from "../process/local-error";
import { provisionMySql } from "./mysql-template";

/** The clients that people use, each in a folder of its own, which goes before the others in PATH. */
export interface MySqlClients {
  /** Oracle's `mysql`, 9.7. */
  readonly oracle: string;
  /** MariaDB's client, 11.8, under the name `mysql` that Debian gives it. */
  readonly mariadb: string;
  /** `mycli`, 1.26. */
  readonly mycli: string;
}

/**
 * Downloads the clients into the cache (140 MB, once).
 * @throws MissingPartError when they cannot be provided; it says what to install
 */
export async function provisionMySqlClients(): Promise<MySqlClients> {
  const { mysqld } = await provisionMySql({ line: "9.7" });
  const scripts = ["provision-clients.sh", "debian-packages.sh"].map(file => join(__dirname, file));
  const hash = createHash("sha256").update(`${dirname(mysqld)}\n`);
  for (const script of scripts) hash.update(readFileSync(script));
  const cache = cacheDirectory(`mysql-clients-${hash.digest("hex").slice(0, 12)}`);
  await promisify(execFile)("bash", [scripts[0]!, cache, dirname(mysqld)]).catch((cause: unknown) => {
    const { stderr = "" } = cause as { readonly stderr?: string };
    throw new MissingPartError(`the clients of MySQL could not be provided: ${stderr.trim()}`, { cause });
  });
  const folder = (name: string) => join(cache, "bin", name);
  return { oracle: folder("oracle"), mariadb: folder("mariadb"), mycli: folder("mycli") };
}
