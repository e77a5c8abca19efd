import type { Connection } from "mysql2/promise";
import { assembleStatements, type Statement } from "../core/mysql";
import type { Roster } from "../core/roster/roster";
import { connectMySql } from "../lambdas/reconciler/mysql/connect-mysql";
import type { MySqlSession } from "../lambdas/reconciler/mysql/mysql-session";
import { observe } from "../lambdas/reconciler/mysql/observe";
import { type MySqlServer, startMySql } from "../local/mysql/start-mysql";
import { asRoot } from "../test/support/mysql-login";
import { passwordCredentials, registryEntry } from "../test/support/registry";

export const PREFIX = "sl";
const ACCOUNTS_A_DROP = 100;

/** A server like an Aurora cluster's writer, with a second connection as superuser. */
export class BenchServer {
  readonly #server: MySqlServer;
  readonly #root: Connection;

  constructor(server: MySqlServer, root: Connection) {
    this.#server = server;
    this.#root = root;
  }

  /**
   * @param durable whether each commit is written to the disk, like by default in MySQL. Test servers do not
   * do this
   */
  static async start({ durable }: { durable: boolean }): Promise<BenchServer> {
    const args = [
      "--innodb-flush-log-at-trx-commit=1",
      "--innodb-flush-method=fsync",
      "--innodb-doublewrite=ON",
    ];
    const server = await startMySql({ args: durable ? args : [] });
    return new BenchServer(server, await asRoot(server));
  }

  get port(): number {
    return this.#server.port;
  }

  /** The administrator's session, as the preview (`bulkRead`) or the apply function opens it. */
  connect({ bulkRead, port = this.port }: { bulkRead: boolean; port?: number }): Promise<MySqlSession> {
    const { ca: caBundle } = this.#server;
    const credentials = passwordCredentials(this.#server);
    return connectMySql(registryEntry(this.#server, { port }), {
      credentials,
      caBundle,
      bulkRead,
      connectTimeoutMs: 10_000,
    });
  }

  /** The options of an ordinary connection as the administrator. */
  get administrator() {
    const { host, port, ca, admin } = this.#server;
    return { host, port, ssl: { ca }, user: admin.username, password: admin.password };
  }

  /** How many statements clients have sent so far, this query included. */
  async queries(): Promise<number> {
    const [rows] = await this.#root.query("SHOW GLOBAL STATUS LIKE 'Queries'");
    return Number((rows as { Value: string }[])[0]!.Value);
  }

  async accounts(): Promise<string[]> {
    const [rows] = await this.#root.query(
      "SELECT User FROM mysql.user WHERE LEFT(User, 3) = ? ORDER BY User",
      [`${PREFIX}_`],
    );
    return (rows as { User: string }[]).map(({ User }) => User);
  }

  async dropAccounts(): Promise<void> {
    const accounts = await this.accounts();
    while (accounts.length > 0) {
      const some = accounts.splice(0, ACCOUNTS_A_DROP);
      await this.#root.query(`DROP USER ${some.map(() => "?@'%'").join(", ")}`, some);
    }
  }

  async stop(): Promise<void> {
    this.#root.destroy();
    await this.#server.stop();
  }
}

/** The statements that the reconciler would run for a roster on this server. */
export async function statementsFor(session: MySqlSession, roster: Roster): Promise<readonly Statement[]> {
  const { observed, administrator } = await observe(session, { prefix: PREFIX });
  const rules = {
    prefix: PREFIX,
    unmanaged: "report",
    definers: "block",
    previouslyDeclared: [],
    onlyCreate: false,
  } as const;
  const plan = assembleStatements({ ...rules, roster, observed, administrator, now: new Date() });
  if (plan.problems.length > 0) throw new Error(plan.problems.join("\n"));
  return plan.statements;
}
