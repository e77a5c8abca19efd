import { type Connection, createConnection } from "mysql2/promise";
import type { RegistryEntry } from "../../../../core/contract/registry-entry";
import type { Services } from "../../../../lambdas/reconciler/services/services";
import type { MySqlOptions } from "../../../../local/mysql/start-mysql";
import { iamToken, logIn, rows } from "../../../support/mysql-login";
import { documentedError } from "../../../support/reliability-rows";
import { type Direction, TcpProxy } from "../../../support/tcp-proxy";
import { EnforcementFixture } from "../enforce/enforcement-fixture";
import { interceptQueries } from "../intercept-queries";
import { applyRequest, type Preview, rosterOf } from "../reconciler-fixture";

type Access = Readonly<Record<string, readonly string[]>>;
type Act = (run: () => Promise<never>) => Promise<unknown>;

export const BEFORE = rosterOf({ bob: "read", eve: "read" });
export const AFTER = rosterOf({ bob: "write", ann: "read" });
const HAD: Access = { sl_ann: [], sl_bob: ["SELECT"], sl_eve: ["SELECT"] };
const GETS: Access = { sl_ann: ["SELECT"], sl_bob: ["SELECT", "INSERT", "UPDATE"], sl_eve: [] };

const PROBES = [
  ["SELECT", "SELECT COUNT(*) FROM orders.t"],
  ["INSERT", "INSERT INTO orders.t VALUES ()"],
  ["UPDATE", "UPDATE orders.t SET a = 1"],
  ["DELETE", "DELETE FROM orders.t"],
] as const;

/** A call of the apply function that failed. */
export interface Failed {
  readonly message: string;
  readonly plan: Preview;
}

export const isObserving = (sql: string): boolean => sql.includes("information_schema.VIEWS ");
export const isReleasing = (sql: string): boolean => sql.includes("RELEASE_ALL_LOCKS");
const isLooking = (sql: string) => sql.includes("AS held");
const changesAccounts = (sql: string) => /^(CREATE|ALTER|DROP|RENAME) USER |^(GRANT|REVOKE) /.test(sql);

/** The functions, a server of their own, and a network between them that fails when a test says so. */
export class FaultsFixture extends EnforcementFixture {
  proxy!: TcpProxy;
  #endsAt: number | undefined;
  #isOut = false;

  override async begin(options?: MySqlOptions): Promise<void> {
    await super.begin(options);
    this.root.on("error", () => {});
    await this.root.query("CREATE DATABASE orders");
    await this.root.query("CREATE TABLE orders.t (a INT)");
    this.proxy = await TcpProxy.before(this.server);
  }

  override async stop(): Promise<void> {
    await this.proxy?.stop();
    await super.stop();
  }

  override register(cluster: string, overrides: Partial<RegistryEntry> = {}): Promise<RegistryEntry> {
    return super.register(cluster, { port: this.proxy.port, unmanaged: "remove", ...overrides });
  }

  /** What the function's runtime answers, until a test says otherwise. */
  override context() {
    const fresh = Date.now() + this.timeMs;
    return { getRemainingTimeInMillis: () => (this.#endsAt ?? fresh) - Date.now() };
  }

  /**
   * Sets how much time the function that runs has left. It began with 60 s, so 15 s are not for statements,
   * and 5 s not for looking at what they did.
   */
  remain(ms: number): void {
    this.#endsAt = Date.now() + ms;
  }

  /** From now on the network loses everything, or the server hangs. */
  loseNetwork(lost?: Direction): void {
    this.#isOut = true;
    this.proxy.blackhole(lost);
  }

  async hang(): Promise<void> {
    this.#isOut = true;
    await this.server.freeze();
  }

  /** The network, the server and AWS as they should be. */
  repair(): void {
    this.#isOut = false;
    this.server.thaw();
    this.aws.clearFaults();
    this.proxy.heal();
    this.proxy.cut();
    Object.assign(this.proxy, { delayMs: 0, treat: () => "open", onRequest: () => {}, target: this.server });
  }

  /** The cluster as it was. */
  async reset(): Promise<void> {
    this.repair();
    this.#endsAt = undefined;
    this.timeMs = 60_000;
    this.resetClock();
    this.services = this.freshServices();
    await this.register("orders");
    await this.planAndApply("orders", BEFORE);
    this.forgetEvents();
  }

  plan(): Promise<Preview> {
    return this.preview("orders", AFTER);
  }

  /** A function does not wait for long to connect when nothing can. */
  override freshServices(): Services {
    const services = super.freshServices();
    const cannot = (port: number) => this.#isOut && port === this.proxy.port;
    const connect: Services["connect"] = (entry, { timeoutMs, ...options }) =>
      services.connect(entry, { ...options, timeoutMs: cannot(entry.port) ? 300 : timeoutMs });
    return { ...services, connect };
  }

  /** Services that call `act` in place of a query: the n-th that matches. */
  inPlaceOf(what: (sql: string) => boolean, act: Act, nth = 1): Services {
    let seen = 0;
    return interceptQueries(this.freshServices(), (sql, run) =>
      what(sql) && ++seen === nth ? (act(run as () => Promise<never>) as ReturnType<typeof run>) : run(),
    );
  }

  /**
   * Services that call `act` in place of the n-th statement.
   * @param leftMs how much time is left for it
   */
  atStatement(n: number, act: Act, leftMs = 2_000): Services {
    let seen = 0;
    return interceptQueries(this.freshServices(), async (sql, run) => {
      if (!changesAccounts(sql) && !(isLooking(sql) && seen === 0)) return run();
      if (changesAccounts(sql) && ++seen === n)
        return act(run as () => Promise<never>) as ReturnType<typeof run>;
      const result = await run();
      if (seen === n - 1) this.remain(15_000 + leftMs);
      return result;
    });
  }

  /** Applies what was planned, which must fail before the function's time is over. */
  async applyFails(plan: Preview, services = this.services): Promise<Failed> {
    const context = this.context();
    const message = await this.sendApply(applyRequest("orders", AFTER, plan.changeSet), services).then(
      answer => `no failure: ${JSON.stringify(answer)}`,
      (error: Error) => error.message,
    );
    expect(context.getRemainingTimeInMillis()).toBeGreaterThan(0);
    return { message, plan };
  }

  /** The error is that of the document, and what the ledger and the audit trail claim is so. */
  async expectRecorded({ message, plan }: Failed, outcomes: readonly string[]): Promise<void> {
    expect(message).toMatch(documentedError());
    expect((await this.services.ledger.head("orders")).attempt).toBe(plan.id);
    const result = (await this.audit("orders")).at(-1)!;
    const results = (result["results"] ?? []) as { outcome: string }[];
    expect(result).toMatchObject({ kind: "result", outcome: "failed", changeSet: plan.id });
    expect(results.map(({ outcome }) => outcome)).toEqual(outcomes);
  }

  /** No statement of ours goes on, and no connection holds the cluster's lock. */
  async expectNothingLeft(): Promise<void> {
    const name = await this.services.ledger.lockName("orders");
    const left = async () => [
      ...(await rows(this.root, "SHOW FULL PROCESSLIST")).filter(
        ({ Info, User }) => User === this.server.admin.username && Info !== null,
      ),
      ...(await rows(this.root, `SELECT IS_USED_LOCK('${name}') AS holder HAVING holder IS NOT NULL`)),
    ];
    // The server sees a closed connection a moment later.
    for (const until = Date.now() + 3_000; Date.now() < until && (await left()).length > 0; );
    expect(await left()).toEqual([]);
  }

  /** Nobody lost what both rosters give, and nobody has what neither gives; then the next run finishes. */
  async expectNextFinishes(): Promise<void> {
    for (const [user, held] of Object.entries(await this.#access())) {
      const [had, gets] = [HAD[user]!, GETS[user]!];
      const lost = had.filter(one => gets.includes(one) && !held.includes(one));
      const more = held.filter(one => !had.includes(one) && !gets.includes(one));
      expect({ user, lost, more }).toEqual({ user, lost: [], more: [] });
    }
    this.#endsAt = undefined;
    this.#isOut = false;
    this.services = this.freshServices();
    await this.planAndApply("orders", AFTER);
    expect(await this.#access()).toEqual(GETS);
  }

  /** Waits until the server shows such a statement of the administrator. @returns its connection */
  async seen(statement: RegExp): Promise<number> {
    for (const until = Date.now() + 10_000; Date.now() < until; ) {
      const found = await rows(this.root, "SHOW FULL PROCESSLIST");
      const row = found.find(
        ({ Info, User }) => User === this.server.admin.username && statement.test(String(Info)),
      );
      if (row) return Number(row["Id"]);
    }
    throw new Error(`the server shows no ${statement}`);
  }

  /** A session of the administrator that does not go through the proxy. */
  async asAdmin(): Promise<Connection> {
    const { username, password } = this.server.admin;
    const connection = await logIn(this.server, username, password);
    connection.on("error", () => {});
    return connection;
  }

  /** Takes all connections of the server, also the one that is reserved. @returns gives them back */
  async takeConnections(): Promise<() => Promise<void>> {
    const [row] = await rows(this.root, "SHOW GLOBAL STATUS LIKE 'Threads_connected'");
    await this.root.query(`SET GLOBAL max_connections = ${Number(row!["Value"])}`);
    const taken: Connection[] = [];
    for (let isFull = false; !isFull; )
      isFull = await createConnection(this.server.superuser).then(
        connection => taken.push(connection) < 0,
        () => true,
      );
    return async () => {
      await this.root.query("SET GLOBAL max_connections = 200");
      for (const connection of taken) connection.destroy();
    };
  }

  async #access(): Promise<Access> {
    const held = async (user: string) => {
      const login = logIn(this.server, user, await iamToken(this.server, user));
      const connection = await login.catch(() => undefined);
      const found: string[] = [];
      for (const [privilege, sql] of connection ? PROBES : [])
        if (
          await connection!.query(sql).then(
            () => true,
            () => false,
          )
        )
          found.push(privilege);
      connection?.destroy();
      return [user, found] as const;
    };
    return Object.fromEntries(await Promise.all(Object.keys(HAD).map(held)));
  }
}

/** A fixture that is as before at the start of each test. */
export function faultsFixture(options?: MySqlOptions): FaultsFixture {
  const fixture = new FaultsFixture();
  beforeAll(() => fixture.begin(options), 180_000);
  afterAll(() => fixture.stop());
  beforeEach(() => fixture.reset());
  return fixture;
}
