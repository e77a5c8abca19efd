import type { MySqlLine, MySqlShape } from "./mysql-shape";

export interface MySqlOptions extends MySqlShape {
  /** The server's global `sql_mode`. @default - the server's own */
  readonly sqlMode?: string;
  /** What the server of 9.7 calls itself; empty: what it is. @default "8.4.7" */
  readonly version?: string;
  /** More mysqld options, each `--name=value`. */
  readonly args?: readonly string[];
  /** @default - a free loopback port */
  readonly port?: number;
  /** @default - random */
  readonly adminPassword?: string;
}

/** An AWS access key with which people and functions log in by IAM token. */
export interface IamKey {
  readonly id: string;
  readonly secret: string;
  /** The accounts that it may log in as, as globs. @default - any account */
  readonly users?: readonly string[];
}

/** For which endpoints and regions a token is valid. An empty list means all. */
export interface TokenScope {
  readonly endpoints?: readonly string[];
  readonly regions?: readonly string[];
}

/** A running MySQL server on loopback, shaped like the writer of an Aurora MySQL cluster. */
export interface MySqlServer {
  readonly host: "localhost";
  readonly port: number;
  /** Changes with `restart()`. */
  readonly pid: number;
  /** The certificate authority that signed the server's certificate for `localhost`. */
  readonly caFile: string;
  /** The text of `caFile`, PEM. */
  readonly ca: string;
  readonly admin: { readonly username: string; readonly password: string };
  /**
   * A superuser without a password, through the Unix socket. Tests use it for what an administrator may not
   * do.
   */
  readonly superuser: { readonly socketPath: string; readonly user: "root" };
  readonly line: MySqlLine;
  /** Whether the server checks IAM tokens. A stock MySQL image has no plugin for them. */
  readonly iam: boolean;
  readonly runDirectory: string;
  /**
   * Replaces the IAM keys that the server knows, from the next login on. Without keys, no token is accepted.
   */
  allowKeys(keys: readonly IamKey[], scope?: TokenScope): Promise<void>;
  /**
   * Sets how far the cloud's clock is ahead of the machine's, in ms. The server accepts a token that is valid
   * by either clock. Its own clock remains the machine's.
   */
  setTokenClock(aheadMs: number): void;
  /** Sends SIGKILL, as when a machine fails. Committed data is kept. */
  kill(): Promise<void>;
  /** Stops the server and removes its data. */
  stop(): Promise<void>;
  /** Kills the server if it runs, and starts it with the same data on the same port. */
  restart(): Promise<void>;
  /** Sends SIGSTOP: new connections open and then hang. */
  freeze(): Promise<void>;
  thaw(): void;
  /** The last 40 lines of the error log. */
  log(): string;
}
