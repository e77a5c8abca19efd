import { setTimeout as sleep } from "node:timers/promises";
import type { Connection } from "mysql2/promise";
import { quoteIdentifier } from "../../core/mysql";
import type { MySqlLine } from "../../local/mysql/mysql-shape";
import { type MySqlServer, startMySql } from "../../local/mysql/start-mysql";
import { asRoot, rows, TEST_KEY } from "../support/mysql-login";
import { COMMON, NATIVE_ROLE, PROBED_ACCOUNT, type SoakCluster } from "./clusters";

type Row = Readonly<Record<string, unknown>>;

/** A server of several clusters, and a superuser's connection to it. It can be restarted at any moment. */
export class SoakServer {
  #starting: Promise<void> | undefined;
  restarts = 0;

  #root: Connection;

  private constructor(
    readonly server: MySqlServer,
    root: Connection,
  ) {
    this.#root = root;
  }

  static async start(line: MySqlLine, clusters: readonly SoakCluster[]): Promise<SoakServer> {
    // Patterns count where partial_revokes is OFF.
    const server = await startMySql({
      line,
      partialRevokes: line === "8.0",
      args: ["--max-connections=500"],
    });
    await server.allowKeys([TEST_KEY]);
    const started = new SoakServer(server, await connect(server));
    for (const database of [COMMON, ...clusters.flatMap(({ databases }) => databases)])
      await started.run(...databaseStatements(database));
    await started.run(
      `CREATE ROLE ${NATIVE_ROLE}`,
      `GRANT SELECT ON ${COMMON}.* TO ${NATIVE_ROLE}`,
      `CREATE USER ${PROBED_ACCOUNT} ACCOUNT LOCK`,
    );
    return started;
  }

  async stop(): Promise<void> {
    await this.#starting?.catch(() => {});
    this.#root.destroy();
    await this.server.stop();
  }

  /** Kills the server and starts it again. Two calls at once are one restart. */
  restart(): Promise<void> {
    this.#starting ??= this.#restart().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  async #restart(): Promise<void> {
    this.restarts += 1;
    this.#root.destroy();
    await this.server.restart();
    this.#root = await connect(this.server);
  }

  /** Waits until the server takes connections. */
  async up(): Promise<void> {
    while (this.#starting) await this.#starting;
  }

  async run(...statements: readonly string[]): Promise<void> {
    for (const sql of statements) await this.#root.query(sql);
  }

  /** The rows of a query; it is repeated if the server was restarted under it. */
  async rows(sql: string): Promise<Row[]> {
    for (;;) {
      await this.up();
      const root = this.#root;
      try {
        return await rows(root, sql);
      } catch (error) {
        if (root === this.#root && !this.#starting) throw error;
        await sleep(10);
      }
    }
  }
}

async function connect(server: MySqlServer): Promise<Connection> {
  const root = await asRoot(server);
  root.on("error", () => {});
  return root;
}

const databaseStatements = (database: string): readonly string[] => {
  const d = quoteIdentifier(database);
  return [
    `CREATE DATABASE ${d}`,
    `CREATE TABLE ${d}.t (a INT, b INT, KEY a (a))`,
    `CREATE TABLE ${d}.u (a INT)`,
    `CREATE PROCEDURE ${d}.p() SQL SECURITY INVOKER DO 1`,
    `CREATE FUNCTION ${d}.f() RETURNS INT DETERMINISTIC SQL SECURITY INVOKER RETURN 1`,
  ];
};
