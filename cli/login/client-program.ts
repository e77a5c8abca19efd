import { execFileSync } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { basename, delimiter, join, resolve } from "node:path";
import type { Io } from "../terminal/command";
import { AwsProblemError, UsageError } from "../terminal/errors";

/** Who made a client. Oracle's and MariaDB's have different options, and both are called `mysql`. */
export type Brand = "mysql" | "mariadb" | "mycli";

/** A client for people, on this machine. */
export interface ClientProgram {
  readonly brand: Brand;
  readonly path: string;
}

/** In the order in which they are looked for. */
const NAMES = ["mysql", "mariadb", "mycli"] as const;

/**
 * The client to start: the one given, or the first of `mysql`, `mariadb` and `mycli` in PATH.
 * @param given a name in PATH, or a path
 * @throws UsageError if the one given is not there, or is none of these
 * @throws AwsProblemError if there is none
 */
export function findProgram(given: string | undefined, { env }: Io): ClientProgram {
  const names = given === undefined ? NAMES : [given];
  const path = names.map(name => findOnPath(name, env["PATH"] ?? "")).find(found => found !== undefined);
  if (path !== undefined) return { path, brand: brandOf(path) };
  if (given !== undefined) throw new UsageError(`\`--program\`: there is no program ${given}`);
  throw new AwsProblemError(
    `There is no client in PATH: install ${NAMES.join(", ")} (mysql-client, mariadb-client or mycli), or use --serve.`,
  );
}

function findOnPath(name: string, path: string): string | undefined {
  const candidates = name.includes("/")
    ? [resolve(name)]
    : path
        .split(delimiter)
        .filter(Boolean)
        .map(directory => join(directory, name));
  return candidates.find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Debian, Ubuntu and Amazon Linux call MariaDB's client `mysql`, too: only its version tells them apart. */
function brandOf(path: string): Brand {
  if (basename(path).startsWith("mycli")) return "mycli";
  const version = versionOf(path);
  if (/mariadb/i.test(version)) return "mariadb";
  // mysqlsh, mysqldump and others say `Ver`, too.
  if (/(?:^|\/)mysql[\d.-]*\s+Ver \d/.test(version)) return "mysql";
  throw new UsageError(`\`--program\`: ${path} is neither mysql nor mariadb nor mycli`);
}

/** What a program says to `--version`; empty if it fails. */
function versionOf(path: string): string {
  try {
    return execFileSync(path, ["--version"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    return "";
  }
}

/** What a client is to connect to. */
export interface ClientTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string | undefined;
  /** The root certificates' file; undefined for a proxy on loopback, which has no TLS. */
  readonly caFile: string | undefined;
}

/** Where a client reads its password from: see `startClient`. */
const PASSWORD_FD = "/dev/fd/3";

/**
 * The options of a client: TLS is required and the server's name verified. They name where the password is
 * read from, and never the password.
 */
export function clientArguments(brand: Brand, { caFile, database, ...target }: ClientTarget): string[] {
  const where = [`--host=${target.host}`, `--port=${target.port}`, `--user=${target.user}`];
  const named = database === undefined ? [] : [`--database=${database}`];
  // The option that names the file must be the first. No other file of options is read: one could hold
  // another password.
  const first = `--defaults-file=${PASSWORD_FD}`;
  const tcp = "--protocol=TCP";
  switch (brand) {
    case "mysql": {
      const tls =
        caFile === undefined ? ["--ssl-mode=DISABLED"] : verified(caFile, "--ssl-mode=VERIFY_IDENTITY");
      return [first, ...where, tcp, ...named, ...tls];
    }
    case "mariadb": {
      const tls = caFile === undefined ? ["--skip-ssl"] : [`--ssl-ca=${caFile}`, "--ssl-verify-server-cert"];
      return [first, ...where, tcp, ...named, ...tls];
    }
    case "mycli":
      return ["--defaults-file=/dev/null", `--password-file=${PASSWORD_FD}`, ...where, ...named];
  }
}

const verified = (caFile: string, mode: string) => [mode, `--ssl-ca=${caFile}`, "--enable-cleartext-plugin"];

/** What a client reads at `/dev/fd/3`. */
export const passwordText = (brand: Brand, password: string): string =>
  brand === "mycli" ? password : `[client]\npassword="${password}"\n`;

/**
 * Whether a client sends a token to a server that offers no TLS, although its options say to verify it: mycli
 * does, as PyMySQL asks for TLS only where the server offers it. A token then goes through the proxy.
 */
export const needsProxy = (brand: Brand): boolean => brand === "mycli";
