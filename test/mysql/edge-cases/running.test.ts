import type { Connection } from "mysql2/promise";
import type { MySqlSession } from "../../../lambdas/reconciler/mysql/mysql-session";
import type { Services } from "../../../lambdas/reconciler/services/services";
import { BY_PASSWORD, IAM, refusal } from "../../support/cluster";
import { asRoot, iamToken, logIn, PASSWORD, rows } from "../../support/mysql-login";
import { prepareDatabases, tryPrivileges } from "../../support/try-privileges";
import { applyRequest, NOBODY, ReconcilerFixture, rosterOf } from "../reconciler/reconciler-fixture";

/** Modes do not matter here: these are about the run, not about names. */
describe("running", () => {
  let fixture: ReconcilerFixture;

  beforeAll(async () => {
    fixture = await ReconcilerFixture.start();
    await prepareDatabases(fixture.root, ["orders"]);
    await fixture.register("orders", { unmanaged: "remove" });
    await fixture.planAndApply("orders", NOBODY);
  }, 180_000);
  afterAll(() => fixture?.stop());
  beforeEach(async () => {
    await fixture.root.query("SET GLOBAL super_read_only = OFF, GLOBAL read_only = OFF");
    await fixture.dropAccounts();
    await fixture.planAndApply("orders", rosterOf({ bob: "read", eve: "read" }));
  });

  const roster = rosterOf({ bob: "write", ann: "read" });

  /** What the account may do in `orders`, by logging in. */
  async function access(user: string): Promise<string[]> {
    const connection = await logIn(fixture.server, user, await iamToken(fixture.server, user)).catch(
      () => undefined,
    );
    if (!connection) return [];
    const held = await tryPrivileges(connection, ["orders"]);
    connection.destroy();
    return held.map(one => one.slice("orders ".length));
  }
  const all = async () =>
    Object.fromEntries(
      await Promise.all(["sl_ann", "sl_bob", "sl_eve"].map(async u => [u, await access(u)])),
    );
  const OLD = { sl_ann: [], sl_bob: ["SELECT"], sl_eve: ["SELECT"] };
  const NEW = { sl_ann: ["SELECT"], sl_bob: ["SELECT", "INSERT", "UPDATE"], sl_eve: [] };

  /** Services whose connections let `before` look at each query first. */
  const watching = (before: (sql: string, session: MySqlSession) => Promise<void>): Services => {
    const services = fixture.freshServices();
    const connect: Services["connect"] = async (entry, options) => {
      const session = await services.connect(entry, options);
      const query = session.query.bind(session);
      return Object.assign(session, {
        query: async (sql: string) => {
          await before(sql, session);
          return query(sql);
        },
      });
    };
    return { ...services, connect };
  };
  const changesAccounts = (sql: string) => /^(CREATE|ALTER|DROP|RENAME) USER|^(GRANT|REVOKE) /.test(sql);

  /** The next plan shows the remaining statements, and its apply reaches the roster. */
  async function finishes(): Promise<void> {
    expect((await fixture.preview("orders", roster)).pending).toBeGreaterThan(0);
    await fixture.planAndApply("orders", roster);
    expect(await all()).toEqual(NEW);
    expect((await fixture.preview("orders", roster)).pending).toBe(0);
  }

  it("29: where locks are blocked, it fails within its bound and leaves no statement behind", async () => {
    const plan = await fixture.preview("orders", roster);
    const blocker = await asRoot(fixture.server);
    await blocker.query("FLUSH TABLES WITH READ LOCK");
    const started = Date.now();
    const call = fixture.services;
    fixture.timeMs = 8_000;
    const failure = await fixture
      .sendApply(applyRequest("orders", roster, plan.changeSet), call)
      .catch((error: Error) => error.message);
    fixture.timeMs = 60_000;
    expect(failure).toMatch(/^StatementsFailed: orders: 0 of \d statements ran.*Lock wait timeout/);
    expect(Date.now() - started).toBeLessThan(8_000);
    const waiting = await rows(
      blocker,
      "SELECT INFO FROM information_schema.PROCESSLIST WHERE USER = 'admin' AND INFO IS NOT NULL",
    );
    expect(waiting).toEqual([]);
    await blocker.query("UNLOCK TABLES");
    blocker.destroy();
    expect(await all()).toEqual(OLD);
    await finishes();
  });

  it("30: another account's session that got to know our lock and holds it is killed, and the audit trail says so", async () => {
    await fixture.root.query(`CREATE USER slack_bot ${BY_PASSWORD}`);
    const otherSession = await logIn(fixture.server, "slack_bot", PASSWORD);
    otherSession.on("error", () => {});
    const name = await fixture.services.ledger.lockName("orders");
    expect(await rows(otherSession, `SELECT GET_LOCK('${name}', 0) AS taken`)).toEqual([{ taken: 1 }]);
    await fixture.planAndApply("orders", roster);
    expect(await all()).toEqual(NEW);
    await expect(otherSession.query("SELECT 1")).rejects.toThrow();
    const killed = (await fixture.audit("orders")).filter(({ kind }) => kind === "lock-killed");
    expect(killed).toEqual([
      expect.objectContaining({ holder: expect.objectContaining({ user: "slack_bot" }) }),
    ]);
    await fixture.root.query("DROP USER slack_bot");
  });

  it("31: a server that takes no writes is a clear error in the plan and at apply, and changes nothing", async () => {
    const plan = await fixture.preview("orders", roster);
    await fixture.root.query("SET GLOBAL super_read_only = ON");
    const blind = await fixture.preview("orders", roster);
    expect(blind).toMatchObject({ verified: false, body: { status: "unverified" } });
    expect(blind.summary).toMatch(/takes no writes\. Register the cluster's writer endpoint\./);
    await expect(fixture.apply("orders", roster, plan)).rejects.toThrow(/takes no writes/);
    await fixture.root.query("SET GLOBAL super_read_only = OFF, GLOBAL read_only = OFF");
    expect(await all()).toEqual(OLD);
    await finishes();
  });

  it("31: a failover in the middle (1290) says how far it came, and the next plan shows the rest", async () => {
    const plan = await fixture.preview("orders", roster);
    let ran = 0;
    const services = watching(async sql => {
      if (changesAccounts(sql) && ++ran === 3) await fixture.root.query("SET GLOBAL super_read_only = ON");
    });
    const failing = fixture.sendApply(applyRequest("orders", roster, plan.changeSet), services);
    await expect(failing).rejects.toThrow(
      /^StatementsFailed: orders: 2 of 4 statements ran.*read-only.*plan and apply again/,
    );
    expect(ran).toBe(3);
    expect((await fixture.services.ledger.head("orders")).attempt).toBe(plan.id);
    await fixture.root.query("SET GLOBAL super_read_only = OFF, GLOBAL read_only = OFF");
    await finishes();
  });

  it("31: a connection lost in the middle says what is not known, and the next plan shows the rest", async () => {
    const plan = await fixture.preview("orders", roster);
    let ran = 0;
    const services = watching(async (sql, session) => {
      if (changesAccounts(sql) && ++ran === 2) await fixture.root.query(`KILL CONNECTION ${session.id}`);
    });
    const failing = fixture.sendApply(applyRequest("orders", roster, plan.changeSet), services);
    await expect(failing).rejects.toThrow(
      /^StatementsFailed: orders: 1 of 4 statements ran.*unknown whether it ran/,
    );
    const result = (await fixture.audit("orders")).at(-1);
    expect(result).toMatchObject({ kind: "result", outcome: "failed", ran: 1 });
    await finishes();
  });

  it("32: two runs at once end at the roster, one after the other", async () => {
    const plan = await fixture.preview("orders", roster);
    const payload = applyRequest("orders", roster, plan.changeSet);
    const runs = [
      fixture.sendApply(payload, fixture.freshServices()),
      fixture.sendApply(payload, fixture.freshServices()),
    ];
    const outcomes = await Promise.allSettled(runs);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled"]);
    expect(
      outcomes
        .map(outcome => (outcome as PromiseFulfilledResult<{ statements: number }>).value.statements)
        .sort(),
    ).toEqual([4, 4]);
    expect(await all()).toEqual(NEW);
    expect(await fixture.preview("orders", roster)).toMatchObject({ pending: 0, changeSet: plan.changeSet });
  });

  it("32: a run that is repeated, with its answer lost, does nothing more", async () => {
    const plan = await fixture.preview("orders", roster);
    const payload = applyRequest("orders", roster, plan.changeSet);
    await fixture.sendApply(payload);
    const intents = async () =>
      (await fixture.audit("orders")).filter(({ kind }) => kind === "intent").length;
    const before = await intents();
    expect(await fixture.sendApply(payload)).toMatchObject({ statements: 4 });
    expect(await intents()).toBe(before);
    expect(await all()).toEqual(NEW);
    expect(await fixture.preview("orders", roster)).toMatchObject({ pending: 0, changeSet: plan.changeSet });
  });

  it("33: where the endpoint is unknown, or out of reach, the plan is answered all the same", async () => {
    for (const change of [{ host: "nowhere.invalid" }, { port: 1 }]) {
      await fixture.register("orders", { unmanaged: "remove", ...change });
      const blind = await fixture.preview("orders", roster, {});
      expect(blind).toMatchObject({
        verified: false,
        pending: 0,
        body: { status: "unverified", statements: {} },
      });
      expect(blind.summary).toMatch(/^orders: the database could not be observed: /);
    }
    await fixture.register("orders", { unmanaged: "remove" });
    fixture.services = fixture.freshServices();
    await finishes();
  });

  it("33: where all connections are taken, the plan is answered all the same, and apply says why it cannot", async () => {
    const plan = await fixture.preview("orders", roster);
    const connected = async () =>
      Number((await rows(fixture.root, "SHOW GLOBAL STATUS LIKE 'Threads_connected'"))[0]!["Value"]);
    // The server still counts a connection for a moment after it was closed.
    while ((await connected()) > 1) await new Promise(done => setTimeout(done, 50));
    const taken: Connection[] = [];
    await fixture.root.query("SET GLOBAL max_connections = 2");
    try {
      for (let full = false; !full; ) {
        full = await asRoot(fixture.server).then(
          connection => taken.push(connection) < 0,
          error => (error as { errno?: number }).errno === 1040,
        );
      }
      const blind = await fixture.preview("orders", roster);
      expect(blind).toMatchObject({ verified: false, body: { status: "unverified" } });
      expect(blind.summary).toMatch(/takes no more connections/);
      await expect(fixture.apply("orders", roster, plan)).rejects.toThrow(
        /takes no more connections.*Nothing ran/,
      );
    } finally {
      await fixture.root.query("SET GLOBAL max_connections = 200");
      for (const connection of taken) connection.destroy();
    }
    expect(await all()).toEqual(OLD);
    await finishes();
  });

  it("34: a run is one connection, whatever it has to do, and one to read sessions without performance_schema", async () => {
    const connections = async () =>
      Number((await rows(fixture.root, "SHOW GLOBAL STATUS LIKE 'Connections'"))[0]!["Value"]);
    const start = await connections();
    const plan = await fixture.preview("orders", roster);
    expect(plan.sql).toHaveLength(4);
    expect((await connections()) - start).toBe(1);
    await fixture.apply("orders", roster, plan);
    // The servers of these tests have no performance_schema.
    expect((await connections()) - start).toBe(3);
    expect(await all()).toEqual(NEW);
  });

  it("23: payloads that name accounts of the server or of AWS are refused before anything runs", async () => {
    await fixture.root.query(`CREATE USER slack_bot ${IAM}`);
    for (const name of [
      "rdsadmin",
      "rds_superuser_role",
      "AWS_LAMBDA_ACCESS",
      "mysql.sys",
      "root",
      "admin",
      "slack_bot",
    ]) {
      const account = { kind: "person" as const, user: "x", databases: { orders: { role: "read" } } };
      const forged = { ...roster, accounts: { ...roster.accounts, [name]: account } };
      const plan = await fixture.preview("orders", roster);
      await expect(fixture.apply("orders", forged, plan)).rejects.toThrow(/^AboveCeiling: .*Nothing ran/);
    }
    expect(await refusal(fixture.root.query("DROP USER slack_bot"))).toBe(0);
    expect(await all()).toEqual(OLD);
  });
});
