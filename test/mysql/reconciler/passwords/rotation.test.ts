import { randomUUID } from "node:crypto";
import { DescribeSecretCommand } from "@aws-sdk/client-secrets-manager";
import { secretName } from "../../../../core/contract/secret-name";
import { rotateHandler } from "../../../../lambdas/reconciler/handlers/handlers";
import type { Services } from "../../../../lambdas/reconciler/services/services";
import { logIn } from "../../../support/mysql-login";
import { HOUR } from "../enforce/enforcement-fixture";
import { interceptQueries } from "../intercept-queries";
import { passwordFixture, SECRET_PATH, services } from "./password-fixture";

const STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"] as const;
type Step = (typeof STEPS)[number];
const NAME = secretName(SECRET_PATH, "sl_sync");

describe("a rotation", () => {
  const fixture = passwordFixture("sl_sync");
  const roster = services("sync");
  let arn = "";
  beforeEach(async () => {
    await fixture.planAndApply("orders", roster);
    arn = (await fixture.secrets.send(new DescribeSecretCommand({ SecretId: NAME }))).ARN!;
  });

  const step = (Step: Step, token: string, using: Services = fixture.services) =>
    rotateHandler(using)({ Step, SecretId: arn, ClientRequestToken: token }, fixture.context());
  const rotate = async (token: string = randomUUID()) => {
    for (const one of STEPS) await step(one, token);
  };
  const passwordNow = async () => (await fixture.content("sl_sync")).password;
  const works = async (password: string) => (await fixture.byPassword("sl_sync", password)).destroy();
  const refused = (password: string) =>
    expect(fixture.byPassword("sl_sync", password)).rejects.toThrow(/denied/);

  it("changes the password, and the one before works for a day", async () => {
    const before = await passwordNow();
    await rotate();
    const after = await passwordNow();
    expect(after).not.toBe(before);
    await works(before);
    await works(after);
    expect(await fixture.preview("orders", roster)).toMatchObject({ pending: 0 });
    expect(await fixture.enforce()).toMatchObject({ statements: 0, drift: 0 });
    fixture.pass(23 * HOUR);
    expect(await fixture.enforce()).toMatchObject({ statements: 0, drift: 0 });
    await works(before);
    fixture.pass(2 * HOUR);
    const open = await fixture.byPassword("sl_sync", before);
    expect(await fixture.enforce()).toMatchObject({ statements: 1, drift: 0, sessionsEnded: 0 });
    await open.query("SELECT 1");
    open.destroy();
    await refused(before);
    await works(after);
    expect(await fixture.enforce()).toMatchObject({ statements: 0, drift: 0 });
    expect(fixture.events("drift.detected")).toEqual([]);
  });

  it("is an event once it is done, also when its end is repeated or the bus does not answer", async () => {
    const token = randomUUID();
    const before = fixture.services.now().getTime();
    for (const one of STEPS.slice(0, -1)) await step(one, token);
    expect(fixture.events("password.rotated", "password.rotation-failed")).toEqual([]);
    fixture.aws.faultService(({ operation }) => operation === "PutEvents", "error");
    await step("finishSecret", token);
    fixture.aws.clearFaults();
    await step("finishSecret", token);
    await step("finishSecret", token);
    const [event, ...more] = fixture.events("password.rotated", "password.rotation-failed");
    expect(more).toEqual([]);
    expect(event?.detail).toMatchObject({
      account: "sl_sync",
      kind: "service",
      authentication: "password",
      cause: "rotation",
      correlationId: token,
      secret: arn,
    });
    const { oldUntil } = event!.detail as { oldUntil: string };
    expect(Date.parse(oldUntil)).toBeGreaterThanOrEqual(before + 24 * HOUR);
    expect(JSON.stringify(event)).not.toContain(await passwordNow());
  });

  it("keeps the time of the registry", async () => {
    await fixture.register("orders", { secretPath: SECRET_PATH, oldPasswordHours: 2 });
    const before = await passwordNow();
    await rotate();
    fixture.pass(3 * HOUR);
    await fixture.enforce();
    await refused(before);
  });

  it("can be repeated at every step, with one new password", async () => {
    const token = randomUUID();
    const before = await passwordNow();
    for (const one of STEPS) {
      await step(one, token);
      await step(one, token);
      await works(await passwordNow());
      await works(before);
    }
    const after = await passwordNow();
    await rotate(token);
    expect(await passwordNow()).toBe(after);
    await works(after);
  });

  it("that was given up after the password was set does not cost the next one the current password", async () => {
    const before = await passwordNow();
    const lost = randomUUID();
    await step("createSecret", lost);
    await step("setSecret", lost);
    expect(await passwordNow()).toBe(before);
    const next = randomUUID();
    for (const one of STEPS) {
      await step(one, next);
      await works(before);
    }
    await works(await passwordNow());
    expect(await passwordNow()).not.toBe(before);
  });

  it("twice within a day ends the first password early, and never the current one", async () => {
    const first = await passwordNow();
    await rotate();
    const second = await passwordNow();
    await rotate();
    await works(second);
    await works(await passwordNow());
    await refused(first);
  });

  it.each<[string, RegExp, "before" | "after"]>([
    ["before ALTER USER", /RETAIN CURRENT PASSWORD/, "before"],
    ["after ALTER USER", /RETAIN CURRENT PASSWORD/, "after"],
    ["before it could write what it had done", /AS changed FROM/, "before"],
  ])(
    "killed %s is finished by a retry; no look at the cluster disturbs it meanwhile",
    async (_, where, when) => {
      await fixture.register("orders", { secretPath: SECRET_PATH, drift: "repair" });
      const token = randomUUID();
      const before = await passwordNow();
      await step("createSecret", token);
      let seen = 0;
      const dying = interceptQueries(fixture.services, async (sql, run) => {
        if (!where.test(sql)) return run();
        if (when === "before" && (where.source.includes("RETAIN") || ++seen > 2)) throw new Error("killed");
        const rows = await run();
        if (when === "after") throw new Error("killed");
        return rows;
      });
      await expect(step("setSecret", token, dying)).rejects.toThrow();
      await works(before);
      expect(await fixture.enforce()).toMatchObject({ statements: 0, drift: 0 });
      expect(await fixture.preview("orders", roster)).toMatchObject({ pending: 0 });
      await works(before);
      await rotate(token);
      await works(before);
      await works(await passwordNow());
      expect(await passwordNow()).not.toBe(before);
      expect(await fixture.enforce()).toMatchObject({ statements: 0, drift: 0 });
    },
  );

  it("refuses what is not its own to rotate", async () => {
    const call = (SecretId: string) =>
      rotateHandler(fixture.services)(
        { Step: "setSecret", SecretId, ClientRequestToken: randomUUID() },
        fixture.context(),
      );
    for (const name of [
      "orders-administrator",
      "aurora-users/other/sl_sync",
      "x/orders/sl_sync",
      `${SECRET_PATH}/sl_eve`,
    ])
      await expect(call(name)).rejects.toThrow(/is not rotated/);
    expect(fixture.events("password.rotation-failed")).toEqual([]);
    await expect(step("setSecret", randomUUID())).rejects.toThrow(/AWSPENDING.*holds no password/);
  });

  it("says that somebody else changed the password, and changes nothing", async () => {
    await fixture.root.query("ALTER USER sl_sync IDENTIFIED BY 'Hand-made-1'");
    const token = randomUUID();
    await step("createSecret", token);
    for (let time = 0; time < 2; time++)
      await expect(step("setSecret", token)).rejects.toThrow(/somebody else changed it. Plan and apply/);
    const [event, again] = fixture.events("password.rotation-failed");
    expect(event?.detail).toMatchObject({
      account: "sl_sync",
      step: "setSecret",
      code: "AccountSecretUnusable",
      message: expect.stringContaining("somebody else changed it"),
    });
    expect(again?.detail.id).toBe(event?.detail.id);
    await works("Hand-made-1");
  });

  it("counts a login that only a lock or a limit stops as one", async () => {
    const before = await passwordNow();
    await fixture.root.query("ALTER USER sl_sync WITH MAX_USER_CONNECTIONS 1");
    const only = await fixture.byPassword("sl_sync");
    await rotate();
    expect(await passwordNow()).not.toBe(before);
    only.destroy();
    await fixture.root.query("ALTER USER sl_sync WITH MAX_USER_CONNECTIONS 0");
    await works(await passwordNow());
    await fixture.root.query("ALTER USER sl_sync ACCOUNT LOCK");
    await expect(fixture.byPassword("sl_sync", "wrong")).rejects.toThrow(/denied/);
    await expect(fixture.byPassword("sl_sync")).rejects.toThrow(/locked/);
    const locked = await passwordNow();
    await rotate();
    expect(await passwordNow()).not.toBe(locked);
  });

  /** Services of a function that is killed in this step, once its call has had its effect. */
  const killedIn = (one: Step): Services => {
    const killed = async (work: Promise<unknown>) => {
      await work;
      throw new Error("killed");
    };
    const { secretVersions } = fixture.services;
    const sql = interceptQueries(fixture.services, async (text, run) => {
      const rows = await run();
      if (/^ALTER USER/.test(text)) throw new Error("killed");
      return rows;
    });
    const versions = {
      read: secretVersions.read.bind(secretVersions),
      stages: secretVersions.stages.bind(secretVersions),
      write: (...said: Parameters<typeof secretVersions.write>) => killed(secretVersions.write(...said)),
      makeCurrent: (...said: Parameters<typeof secretVersions.makeCurrent>) =>
        killed(secretVersions.makeCurrent(...said)),
    } as Services["secretVersions"];
    const logInAs: Services["logInAs"] = async () => Promise.reject(new Error("killed"));
    if (one === "setSecret") return sql;
    return { ...fixture.services, ...(one === "testSecret" ? { logInAs } : { secretVersions: versions }) };
  };

  it("refuses no login of 50 clients, also when it is killed in each step", async () => {
    let isOver = false;
    const failures: string[] = [];
    let logins = 0;
    let inSecret = await passwordNow();
    const wait = (ms: number) => new Promise(done => setTimeout(done, ms));
    const reading = (async () => {
      for (; !isOver; await wait(100)) inSecret = await passwordNow();
    })();
    // As a client does: it reads the secret now and then, and keeps what it has read.
    const client = async (index: number) => {
      let password = inSecret;
      for (let turn = index; !isOver; turn++, await wait(700)) {
        if (turn % 2 === 0) password = inSecret;
        await logIn(fixture.server, "sl_sync", password).then(
          connection => connection.end(),
          (error: Error) => failures.push(error.message),
        );
        logins++;
      }
    };
    const clients = Array.from({ length: 50 }, (_, index) => client(index));
    for (const killedAt of STEPS) {
      const token = randomUUID();
      for (const one of STEPS) {
        if (one === killedAt) await expect(step(one, token, killedIn(one))).rejects.toThrow(/killed/);
        await step(one, token);
      }
      // Longer than a client keeps what it has read.
      await wait(1_500);
    }
    isOver = true;
    await Promise.all([...clients, reading]);
    expect(failures).toEqual([]);
    expect(logins).toBeGreaterThan(200);
  }, 180_000);
});
