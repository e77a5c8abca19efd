import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

import { cacheDirectory } from "../process/cache-directory";
import { findOnPath } from "../process/child-process";
import { LocalError, MissingPartError } from "../process/local-error";
import { DEFINER_PRIVILEGES, type MySqlLine, type MySqlShape, shapeStatements } from "./mysql-shape";

const run = promisify(execFile);
const SOURCES = __dirname;
/** The sources of the plugins. MySQL 8.0 has `mysql_native_password` built in. */
const PLUGINS: Readonly<Record<MySqlLine, readonly string[]>> = {
  "9.7": ["aws_auth_standin.cc", "native_password_standin.cc", "version_standin.cc"],
  "8.0": ["aws_auth_standin.cc"],
};

export interface MySqlTemplate {
  readonly line: MySqlLine;
  /** The server's start script. */
  readonly mysqld: string;
  /** An initialised data directory with the accounts of Aurora. Each server gets a copy. */
  readonly dataDirectory: string;
  /** The directory with `ca.pem`, `server-cert.pem` and `server-key.pem` for localhost. */
  readonly tls: string;
}

const prepared = new Map<string, Promise<MySqlTemplate>>();

/**
 * Downloads the MySQL server into the cache (10 s, 400 MB, once) and prepares a data directory with the
 * accounts of Aurora (3 s, once for each shape). Progress goes to stderr.
 *
 * @throws MissingPartError when a server cannot be provided; it says what to install
 */
export function provisionMySql(shape: MySqlShape): Promise<MySqlTemplate> {
  const {
    partialRevokes = true,
    lowerCaseTableNames = 0,
    adminPrivileges = "direct",
    line = lineOf(process.env),
  } = shape;
  const lower = lowerCaseTableNames === 0 ? "" : "-lower";
  const name = `${line}-${partialRevokes ? "partial" : "plain"}-${adminPrivileges}${lower}`;
  const known = prepared.get(name);
  if (known) return known;
  const preparing = prepare(name, { partialRevokes, lowerCaseTableNames, adminPrivileges, line });
  prepared.set(name, preparing);
  preparing.catch(() => prepared.delete(name));
  return preparing;
}

async function prepare(name: string, shape: Required<MySqlShape>): Promise<MySqlTemplate> {
  const { line } = shape;
  const cache = await provision(line);
  const mysqld = join(cache, "mysqld");
  const statements = shapeStatements(shape, DEFINER_PRIVILEGES[line]);
  const key = hashOf(statements.join("\n"));
  const dataDirectory = join(cache, `template-${name}-${key}`);
  if (!existsSync(dataDirectory)) await initialise(mysqld, statements, dataDirectory, shape);
  return { line, mysqld, dataDirectory, tls: join(cache, "tls") };
}

/** Whether this machine can run the server as a process. Other machines need a container. */
export function canProvisionMySql(): boolean {
  return (
    process.platform === "linux" &&
    ["bash", "apt-get", "dpkg-deb"].every(tool => findOnPath(tool) !== undefined)
  );
}

const hashOf = (...texts: readonly (string | Buffer)[]) =>
  texts
    .reduce((hash, text) => hash.update(text), createHash("sha256"))
    .digest("hex")
    .slice(0, 12);

/** The line that AURORA_USERS_MYSQL_LINE names, else 9.7. */
function lineOf({ AURORA_USERS_MYSQL_LINE: named }: NodeJS.ProcessEnv): MySqlLine {
  if (named === undefined || named === "9.7" || named === "8.0") return named ?? "9.7";
  throw new LocalError(`AURORA_USERS_MYSQL_LINE must be 9.7 or 8.0, got: ${named}`);
}

/**
 * Puts the server into a directory of the cache. The directory's name has a hash of all that makes it, so
 * that no other checkout of the project changes it.
 *
 * @returns the directory
 */
function provision(line: MySqlLine): Promise<string> {
  const [script, ...plugins] = ["provision.sh", ...PLUGINS[line]].map(file => join(SOURCES, file));
  const packages = join(SOURCES, "debian-packages.sh");
  const key = hashOf(...[script!, packages, ...plugins].map(file => readFileSync(file)));
  const cache = cacheDirectory(`mysql-${line}-${key}`);
  return new Promise((resolve, reject) => {
    const args = [script!, line, cache, ...plugins];
    const child = spawn("bash", args, { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", chunk => {
      said += chunk;
      process.stderr.write(chunk);
    });
    child.once("error", reject);
    child.once("exit", code => {
      if (code === 0) resolve(cache);
      else
        reject(new MissingPartError(`could not provision MySQL ${line} (exit code ${code}): ${said.trim()}`));
    });
  });
}

async function initialise(
  mysqld: string,
  statements: readonly string[],
  target: string,
  shape: Required<MySqlShape>,
) {
  const partialRevokes = shape.partialRevokes ? "ON" : "OFF";
  process.stderr.write(
    `provision-mysql: preparing a data directory shaped like Aurora's (partial_revokes ${partialRevokes})\n`,
  );
  const work = mkdtempSync(join(dirname(target), ".template-"));
  const initFile = join(work, "shape.sql");
  writeFileSync(initFile, statements.map(statement => `${statement};\n`).join(""));
  await run(mysqld, [
    "--initialize-insecure",
    `--user=${userInfo().username}`,
    `--datadir=${join(work, "data")}`,
    `--init-file=${initFile}`,
    `--partial-revokes=${partialRevokes}`,
    `--lower-case-table-names=${shape.lowerCaseTableNames}`,
    "--auto-generate-certs=OFF",
    "--skip-log-bin",
    "--innodb-flush-method=nosync",
    "--innodb-doublewrite=OFF",
    "--innodb-redo-log-capacity=64M",
    "--innodb-buffer-pool-size=64M",
    "--log-error-verbosity=1",
  ]);
  // auto.cnf holds the server's id. Each copy needs a new one.
  rmSync(join(work, "data", "auto.cnf"), { force: true });
  try {
    renameSync(join(work, "data"), target);
  } catch (error) {
    // Another process was faster. Its directory is the same.
    if (!existsSync(target)) throw error;
  }
  rmSync(work, { recursive: true, force: true });
}
