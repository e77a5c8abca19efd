import { randomUUID } from "node:crypto";
import type { Connection } from "mysql2/promise";
import { secretName } from "../../../../core/contract/secret-name";
import { rotateHandler } from "../../../../lambdas/reconciler/handlers/handlers";
import type { Services } from "../../../../lambdas/reconciler/services/services";
import { type MySqlServer, startMySql } from "../../../../local/mysql/start-mysql";
import { asRoot, logIn } from "../../../support/mysql-login";
import { TcpProxy } from "../../../support/tcp-proxy";
import { interceptQueries } from "../intercept-queries";
import { passwordFixture, SECRET_PATH, services } from "./password-fixture";

/** The first thing that a run reads about passwords, before it tries one. */
const READS_CHANGES = /AS changed FROM mysql\.user/;
const CHANGED = /the run began on the server .*, and .* answers now/;
const HAND_MADE = "Hand-made-1";

describe("the endpoint leads to another server while a password is tried", () => {
  const fixture = passwordFixture("sl_sync");
  const roster = services("sync");
  let proxy: TcpProxy;
  let other: MySqlServer;
  let otherRoot: Connection;

  beforeAll(async () => {
    other = await startMySql({ adminPassword: fixture.server.admin.password });
    otherRoot = await asRoot(other);
    proxy = await TcpProxy.before(fixture.server);
  }, 180_000);
  afterAll(async () => {
    otherRoot?.destroy();
    await proxy?.stop();
    await other?.stop();
  });
  beforeEach(async () => {
    proxy.target = fixture.server;
    await otherRoot.query("SET GLOBAL super_read_only = OFF, GLOBAL read_only = OFF");
    await otherRoot.query("DROP USER IF EXISTS sl_sync");
    await fixture.register("orders", { secretPath: SECRET_PATH, port: proxy.port });
    await fixture.planAndApply("orders", roster);
  });

  /** Services of a run whose endpoint leads to the other server from such a query on. */
  const movedAt = (what: RegExp): Services =>
    interceptQueries(fixture.services, async (sql, run) => {
      if (what.test(sql)) proxy.target = other;
      return run();
    });
  const step = (Step: string, token: string, using = fixture.services) =>
    rotateHandler(using)(
      { Step, SecretId: secretName(SECRET_PATH, "sl_sync"), ClientRequestToken: token },
      fixture.context(),
    );
  const current = async () => (await fixture.content("sl_sync")).password;
  const known = async () =>
    Object.fromEntries(await fixture.services.ledger.passwords.read("orders"))["'sl_sync'@'%'"];
  const makeThere = (password: string, options = "") =>
    otherRoot.query(`CREATE USER sl_sync IDENTIFIED BY '${password}' ${options}`);

  /** The account on the run's server has another's password, the other server has both of the rotation. */
  const begun = async () => {
    const token = randomUUID();
    await step("createSecret", token);
    await makeThere(await current());
    const { password } = await fixture.content("sl_sync", "AWSPENDING");
    await otherRoot.query(`ALTER USER sl_sync IDENTIFIED BY '${password}' RETAIN CURRENT PASSWORD`);
    await fixture.root.query(`ALTER USER sl_sync IDENTIFIED BY '${HAND_MADE}'`);
    return token;
  };

  it("in setSecret: another's password does not become ours", async () => {
    const token = await begun();
    const before = await known();
    await expect(step("setSecret", token, movedAt(READS_CHANGES))).rejects.toThrow(CHANGED);
    expect(await known()).toEqual(before);
    expect(fixture.events("password.rotation-failed")[0]?.detail).toMatchObject({ code: "ServerChanged" });
    await expectOwnBack();
  });

  it("in finishSecret: AWSCURRENT stays", async () => {
    const token = await begun();
    const before = await current();
    await expect(step("finishSecret", token, movedAt(/GET_LOCK/))).rejects.toThrow(CHANGED);
    expect(await current()).toBe(before);
    await expectOwnBack();
  });

  it("in testSecret: a server that takes no writes proves nothing", async () => {
    const token = await begun();
    await otherRoot.query("SET GLOBAL super_read_only = ON");
    proxy.target = other;
    await expect(step("testSecret", token)).rejects.toThrow(/takes no writes/);
    await expectOwnBack();
  });

  it.each([
    ["an open account", "", ""],
    ["a locked account", "ACCOUNT LOCK", ""],
    ["an account whose password has ended", "PASSWORD EXPIRE", ""],
    ["an account at its limit", "WITH MAX_USER_CONNECTIONS 1", ""],
    ["an account with another password", "", "-other"],
  ])("in an apply, to %s: the password counts as unknown", async (_, options, added) => {
    await fixture.root.query(`ALTER USER sl_sync IDENTIFIED BY '${HAND_MADE}'`);
    const seen = await fixture.preview("orders", roster);
    expect(seen.pending).toBe(1);
    const before = await known();
    const password = await current();
    await makeThere(`${password}${added}`, options);
    const only = options.includes("MAX") ? await logIn(other, "sl_sync", password) : undefined;
    const own = fixture.services;
    fixture.services = movedAt(READS_CHANGES);
    await expect(fixture.apply("orders", roster, seen)).rejects.toThrow(CHANGED);
    fixture.services = own;
    only?.destroy();
    expect(await known()).toEqual(before);
    await expectOwnBack();
  });

  /** Back at its server, a plan and an apply give the account the password of its secret. */
  async function expectOwnBack(): Promise<void> {
    proxy.target = fixture.server;
    fixture.services = fixture.freshServices();
    expect(await fixture.preview("orders", roster)).toMatchObject({ pending: 1 });
    await fixture.planAndApply("orders", roster);
    (await fixture.byPassword("sl_sync")).destroy();
    expect(await fixture.preview("orders", roster)).toMatchObject({ pending: 0 });
  }
});
