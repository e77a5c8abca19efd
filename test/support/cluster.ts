import type { Connection } from "mysql2/promise";
import {
  type AccountId,
  assembleStatements,
  quoteAccount,
  type StatementsPlan,
  type StatementsRequest,
} from "../../core/mysql";
import { type ManagedNames, takenOver } from "../../core/roster/managed-names";
import type { Roster } from "../../core/roster/roster";
import type { Credentials } from "../../lambdas/reconciler/aws/credentials";
import { connectMySql } from "../../lambdas/reconciler/mysql/connect-mysql";
import { type EndedSessions, endSessions } from "../../lambdas/reconciler/mysql/end-sessions";
import type { MySqlSession } from "../../lambdas/reconciler/mysql/mysql-session";
import { type Observation, observe } from "../../lambdas/reconciler/mysql/observe";
import {
  runStatements,
  type StatementsReport,
  succeeded,
} from "../../lambdas/reconciler/mysql/run-statements";
import { deadlineOf } from "../../lambdas/runtime/deadline";
import { type MySqlOptions, type MySqlServer, startMySql } from "../../local/mysql/start-mysql";
import { asRoot, column, iamToken, logIn, PASSWORD, rows, TEST_KEY } from "./mysql-login";
import { passwordCredentials, registryEntry } from "./registry";
import { prepareDatabases, tryPrivileges } from "./try-privileges";

/** A server reads database names in grants in one of two ways. Aurora MySQL 3 has `partial_revokes` ON. */
export const MODES: readonly (readonly [string, MySqlOptions & { partialRevokes: boolean }])[] = [
  ["partial_revokes ON", { partialRevokes: true }],
  ["partial_revokes OFF", { partialRevokes: false }],
];

export const NOW = new Date("2026-11-20T00:00:00Z");
/** `app_prod` as a pattern also matches `appXprod`. */
export const DATABASES = ["app_prod", "appXprod", "orders"] as const;
/** The end of a CREATE USER statement that makes a managed account by hand. */
export const IAM = "IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL";
export const BY_PASSWORD = `IDENTIFIED BY '${PASSWORD}'`;

const TEMPORARY = ["sl_", "slack_", "app_", "App ", "ops_"];

/** A real server, and the reconciler's steps from its accounts to a roster's, without AWS. */
export class Cluster {
  /** Which accounts are managed, as a registry entry says. */
  names: ManagedNames = { prefix: "sl" };

  private constructor(
    readonly server: MySqlServer,
    readonly root: Connection,
    readonly session: MySqlSession,
  ) {}

  static async start(options: MySqlOptions = {}): Promise<Cluster> {
    const server = await startMySql(options);
    await server.allowKeys([TEST_KEY]);
    const cluster = await Cluster.attach(server);
    await prepareDatabases(cluster.root, DATABASES);
    return cluster;
  }

  /** Connects to a running server, for example after `restart()`. */
  static async attach(server: MySqlServer): Promise<Cluster> {
    const root = await asRoot(server);
    root.on("error", () => {});
    await root.query("SET sql_mode = ''");
    return new Cluster(server, root, await Cluster.connect(server, passwordCredentials(server)));
  }

  static connect(server: MySqlServer, credentials: Credentials): Promise<MySqlSession> {
    const options = { credentials, caBundle: server.ca, bulkRead: true, connectTimeoutMs: 10_000 };
    return connectMySql(registryEntry(server), options);
  }

  disconnect(): void {
    this.session.destroy();
    this.root.destroy();
  }

  async stop(): Promise<void> {
    this.disconnect();
    await this.server.stop();
  }

  /** Removes the accounts that tests made, by the beginning of their names. */
  async clean(): Promise<void> {
    for (const { user, host } of await this.accounts()) {
      if (TEMPORARY.some(begin => user.startsWith(begin)))
        await this.root.query(`DROP USER ${quoteAccount({ user, host })}`);
    }
  }

  /** Runs statements as root, as an administrator does by hand. */
  async byHand(...statements: readonly string[]): Promise<void> {
    for (const sql of statements) await this.root.query(sql);
  }

  async accounts(): Promise<AccountId[]> {
    return (await rows(
      this.root,
      "SELECT User AS user, Host AS host FROM mysql.user ORDER BY 1, 2",
    )) as unknown as AccountId[];
  }

  grants(user: string, host = "%"): Promise<string[]> {
    return column(this.root, `SHOW GRANTS FOR ${quoteAccount({ user, host })}`);
  }

  /** Everything about an account: how it logs in, and its grants. */
  async describe(user: string, host = "%"): Promise<string[]> {
    return [
      ...(await column(this.root, `SHOW CREATE USER ${quoteAccount({ user, host })}`)),
      ...(await this.grants(user, host)),
    ];
  }

  observe(session = this.session, rosters: readonly Roster[] = []): Promise<Observation> {
    return observe(session, this.names, { rosters });
  }

  async account(user: string) {
    return (await this.observe()).observed.accounts.find(account => account.user === user)!;
  }

  async plan(
    roster: Roster,
    overrides: Partial<StatementsRequest> = {},
    session = this.session,
  ): Promise<StatementsPlan> {
    const { observed, administrator } = await this.observe(session, [roster]);
    const rules = {
      now: NOW,
      prefix: this.names.prefix,
      alsoManages: this.names.alsoManages,
      takeOver: takenOver(this.names),
      unmanaged: "report",
      definers: "block",
      previouslyDeclared: [],
      onlyCreate: false,
    } as const;
    return assembleStatements({ roster, observed, administrator, ...rules, ...overrides });
  }

  run(plan: StatementsPlan, timeMs = 20_000): Promise<StatementsReport> {
    const end = Date.now() + timeMs;
    return runStatements(
      this.session,
      plan.statements,
      deadlineOf(() => end - Date.now(), 0),
    );
  }

  /** Plans, runs and ends sessions as apply does. Expects that a second plan is empty. */
  async bring(roster: Roster, overrides: Partial<StatementsRequest> = {}): Promise<StatementsPlan> {
    const plan = await this.plan(roster, overrides);
    expect(plan.problems).toEqual([]);
    const report = await this.run(plan);
    expect(report).toMatchObject({ results: report.results.map(({ sql }) => ({ sql, outcome: "done" })) });
    expect(succeeded(report)).toBe(true);
    await this.endSessions(plan.endSessions);
    expect(await this.sql(roster, overrides)).toEqual([]);
    return plan;
  }

  /** Ends sessions of some accounts, and of those that are locked or gone. */
  endSessions(accounts: readonly AccountId[], session = this.session): Promise<EndedSessions> {
    const another = () => Cluster.connect(this.server, passwordCredentials(this.server));
    const reading = { names: this.names, another, deadline: deadlineOf(() => 20_000, 0) };
    return endSessions(session, accounts, reading);
  }

  async sql(roster: Roster, overrides: Partial<StatementsRequest> = {}): Promise<string[]> {
    return (await this.plan(roster, overrides)).statements.map(({ sql }) => sql);
  }

  /**
   * As `bring`, and after every statement tries what `user` can do. The user never has more than the old
   * and the new state give together, and never lacks what both give.
   */
  async bringWatched(
    user: string,
    roster: Roster,
    overrides: Partial<StatementsRequest> = {},
    access = () => this.access(user),
  ): Promise<StatementsPlan> {
    const plan = await this.plan(roster, overrides);
    expect(plan.problems).toEqual([]);
    const steps: string[][] = [await access()];
    for (const { sql } of plan.statements) {
      await this.session.query(sql);
      steps.push(await access());
    }
    const [before, after] = [steps[0]!, steps.at(-1)!];
    for (const [index, now] of steps.entries()) {
      const tooMuch = now.filter(one => !before.includes(one) && !after.includes(one));
      const lost = before.filter(one => after.includes(one) && !now.includes(one));
      const sql = index === 0 ? "" : plan.statements[index - 1]!.sql;
      expect({ after: sql, tooMuch, lost }).toEqual({ after: sql, tooMuch: [], lost: [] });
    }
    expect(await this.sql(roster, overrides)).toEqual([]);
    return plan;
  }

  /** Logs in by IAM token; where that fails, by the password that tests give to accounts. */
  async logIn(user: string): Promise<Connection> {
    const byToken = await logIn(this.server, user, await iamToken(this.server, user)).catch(() => undefined);
    return byToken ?? logIn(this.server, user, PASSWORD);
  }

  /** What the account can do, found by trying: `database privilege`. Empty where it cannot log in. */
  async access(user: string, databases: readonly string[] = DATABASES): Promise<string[]> {
    const connection = await this.logIn(user).catch(() => undefined);
    if (!connection) return [];
    const held = await tryPrivileges(connection, databases);
    connection.destroy();
    return held;
  }

  /** The names of the statements that the account may run, found by trying. None where it cannot log in. */
  async passing(user: string, statements: Readonly<Record<string, string>>): Promise<string[]> {
    const connection = await this.logIn(user).catch(() => undefined);
    if (!connection) return [];
    const held: string[] = [];
    await connection.query("SET autocommit = 0");
    for (const [name, sql] of Object.entries(statements))
      if ((await refusal(connection.query(sql))) === 0) held.push(name);
    connection.destroy();
    return held;
  }
}

/** The number of the server's error; 0 where the promise has no error. */
export const refusal = (promise: Promise<unknown>): Promise<number> =>
  promise.then(
    () => 0,
    (error: { errno?: number; number?: number }) => error.number ?? error.errno ?? -1,
  );
