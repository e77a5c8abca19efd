/** A row of a result set: texts, numbers, dates as text, or the values of JSON columns. */
export type Row = Readonly<Record<string, unknown>>;

/** One connection to the writer, as the administrator, for one run. */
export interface MySqlSession {
  /** The connection's id on the server. */
  readonly id: number;
  /** Which server it is: no other one has the same text. */
  readonly server: string;
  /** The user name of the account that the server chose: `CURRENT_USER()` without its host. */
  readonly user: string;
  /** @throws DatabaseError when the server refuses, DatabaseUnreachableError when the connection is lost */
  query(sql: string): Promise<readonly Row[]>;
  /** The result of each statement, in order. One round trip if the connection only reads. */
  queryAll(statements: readonly string[]): Promise<readonly (readonly Row[])[]>;
  close(): Promise<void>;
  /** Closes the socket at once, for a server that no longer answers. */
  destroy(): void;
}
