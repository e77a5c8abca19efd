import type { Connection, RowDataPacket } from "mysql2/promise";
import type { RegistryEntry } from "../../../../core/contract/registry-entry";
import { within } from "../../../runtime/deadline";
import type { MySqlSession, Row } from "../mysql-session";
import { classified } from "./driver-errors";

/** A connection of the driver, which names itself once it is open. */
export class Mysql2Session implements MySqlSession {
  id = 0;
  user = "";
  server = "";
  readonly #entry: RegistryEntry;
  readonly #connection: Connection;
  readonly #bulkRead: boolean;

  constructor(entry: RegistryEntry, connection: Connection, bulkRead: boolean) {
    this.#entry = entry;
    this.#connection = connection;
    this.#bulkRead = bulkRead;
  }

  async query(sql: string): Promise<readonly Row[]> {
    return rowsOf(await this.#send<RowDataPacket[]>(sql));
  }

  async queryAll(statements: readonly string[]): Promise<readonly (readonly Row[])[]> {
    if (this.#bulkRead) return (await this.#send<RowDataPacket[][]>(statements.join(";\n"))).map(rowsOf);
    const results: (readonly Row[])[] = [];
    for (const statement of statements) results.push(await this.query(statement));
    return results;
  }

  async #send<T extends RowDataPacket[] | RowDataPacket[][]>(sql: string): Promise<T> {
    try {
      return (await this.#connection.query<T>(sql))[0];
    } catch (error) {
      throw classified(this.#entry, error);
    }
  }

  async close(): Promise<void> {
    await within(1_000, this.#connection.end(), () => new Error("late")).catch(() => this.destroy());
  }

  destroy(): void {
    this.#connection.destroy();
  }
}

/** The rows of a result; none for a statement without a result set. */
const rowsOf = (result: RowDataPacket[]): readonly Row[] => (Array.isArray(result) ? result : []);
