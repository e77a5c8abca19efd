/** A value of a result set: texts, numbers, dates as text, or what JSON columns hold. */
export type Row = Readonly<Record<string, unknown>>;

/** One connection to the writer, as one administrator, for one run. */
export interface MySqlSession {
  /** The connection's id on the server. */
  readonly id: number;
  /** The user name of the account that the server chose: `CURRENT_USER()` without its host. */
  readonly user: string;
  /** @throws DatabaseError when the server refuses, DatabaseUnreachableError when the connection is lost */
  query(sql: string): Promise<readonly Row[]>;
  /** The result of each, in order; in one round trip where the connection is one that only reads. */
  queryAll(statements: readonly string[]): Promise<readonly (readonly Row[])[]>;
  close(): Promise<void>;
  /** Cuts the connection without a word, when the server no longer answers. */
  destroy(): void;
}
