import { CreateScheduleCommand, GetScheduleCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import { enforceHandler } from "../../../../lambdas/reconciler/handlers/handlers";
import type { Services } from "../../../../lambdas/reconciler/services/services";
import { iamToken, logIn } from "../../../support/mysql-login";
import { LEDGER, NOBODY, ReconcilerFixture, rosterOf } from "../reconciler-fixture";
import { until } from "./rosters-until";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe("what stands around enforcement", () => {
  let world: ReconcilerFixture;
  let clock: Date;
  const at = (ms: number) => new Date(clock.getTime() + ms).toISOString();
  const pass = (ms: number) => {
    clock = new Date(clock.getTime() + ms);
  };
  const withClock = (services: Services): Services => ({ ...services, now: () => clock });
  const writesToLedger = (request: { service: string; operation: string; body: unknown }) =>
    request.service === "dynamodb" &&
    /Put|Transact|Delete/.test(request.operation) &&
    JSON.stringify(request.body).includes(`"${LEDGER}"`);

  beforeAll(async () => {
    world = await ReconcilerFixture.start();
    await world.root.query("CREATE DATABASE orders");
    await world.root.query("CREATE TABLE orders.t (a INT)");
  }, 180_000);
  afterAll(() => world.stop());
  beforeEach(async () => {
    clock = new Date(Math.floor(Date.now() / 1000) * 1000);
    world.services = withClock(world.freshServices());
    await world.register("orders");
    await world.bring("orders", NOBODY);
    await world.enforce();
    (world.aws.events as unknown[]).length = 0;
  });
  afterEach(() => world.aws.clearFaults());

  it("reminds seven days and one day before, once each, and nobody who was told of the date just now", async () => {
    await world.bring("orders", until({ bob: at(8 * DAY), ann: at(3 * DAY), eve: undefined }));
    expect(await world.enforce()).toMatchObject({ reminders: 0 });
    const told = () =>
      world.events("access.expiring").map(({ detail }) => {
        const { account, days } = detail as { account: string; days: number };
        return `${account} ${days}`;
      });
    pass(DAY);
    expect(await world.enforce()).toMatchObject({ reminders: 1 });
    expect(await world.enforce()).toMatchObject({ reminders: 0 });
    expect(told()).toEqual(["sl_bob 7"]);
    pass(DAY);
    await Promise.all([world.enforce(), world.enforce("orders", withClock(world.freshServices()))]);
    expect(told()).toEqual(["sl_bob 7", "sl_ann 1"]);
    pass(5 * DAY);
    await world.enforce();
    expect(told()).toEqual(["sl_bob 7", "sl_ann 1", "sl_bob 1"]);
    const [first] = world.events("access.expiring");
    expect(first!.detail).toMatchObject({
      email: "bob@example.com",
      login: { host: "localhost", port: world.server.port },
    });
  });

  it("moves the one schedule to the next expiry, and out of the way when nothing expires", async () => {
    const scheduler = new SchedulerClient({});
    const Target = {
      Arn: "arn:aws:lambda:eu-central-1:123456789012:function:enforce",
      RoleArn: "arn:aws:iam::123456789012:role/r",
      Input: "{}",
    };
    const FlexibleTimeWindow = { Mode: "OFF" as const };
    await scheduler.send(
      new CreateScheduleCommand({
        Name: "orders-expiry",
        ScheduleExpression: "at(2099-12-31T00:00:00)",
        Target,
        FlexibleTimeWindow,
      }),
    );
    const expression = async () => {
      const found = await scheduler.send(
        new GetScheduleCommand({ GroupName: "default", Name: "orders-expiry" }),
      );
      expect(found).toMatchObject({ Target, FlexibleTimeWindow, State: "ENABLED" });
      return found.ScheduleExpression;
    };
    await world.register("orders", { expirySchedule: "default/orders-expiry" });
    await world.bring("orders", until({ bob: at(2 * HOUR), ann: at(3 * HOUR) }));
    expect(await expression()).toBe(`at(${at(2 * HOUR).slice(0, 19)})`);
    pass(2 * HOUR);
    await world.enforce();
    expect(await expression()).toBe(`at(${at(HOUR).slice(0, 19)})`);
    pass(HOUR);
    await world.enforce();
    expect(await expression()).toBe("at(2099-12-31T00:00:00)");
    expect(await world.accounts()).toEqual([]);
    // A schedule that cannot be moved costs punctuality, and no run.
    await world.register("orders", { expirySchedule: "default/nowhere" });
    await world.bring("orders", until({ bob: at(HOUR) }));
    expect(await world.enforce()).toMatchObject({ outcome: "enforced" });
  });

  it("does not wake a paused cluster for drift, and does for an expiry", async () => {
    await world.register("orders", { pausing: { clusterIdentifier: "orders" } });
    await world.bring("orders", until({ bob: at(HOUR) }));
    let connected = 0;
    const asleep = (isPaused: () => Promise<boolean>): Services => ({
      ...world.services,
      // CloudWatch of the emulator has no figures of Aurora's.
      capacity: { isPaused },
      connect: (...asked) => {
        connected++;
        return world.services.connect(...asked);
      },
    });
    expect(
      await world.enforce(
        "orders",
        asleep(async () => true),
      ),
    ).toMatchObject({ outcome: "asleep" });
    expect(connected).toBe(0);
    expect(
      await world.enforce(
        "orders",
        asleep(async () => false),
      ),
    ).toMatchObject({ outcome: "enforced" });
    const unknown = () => Promise.reject(new Error("throttled"));
    expect(await world.enforce("orders", asleep(unknown))).toMatchObject({ outcome: "enforced" });
    expect(connected).toBe(2);
    pass(HOUR);
    expect(
      await world.enforce(
        "orders",
        asleep(async () => true),
      ),
    ).toMatchObject({ outcome: "enforced", statements: 1 });
    expect(
      await world.enforce(
        "orders",
        asleep(async () => true),
      ),
    ).toMatchObject({ outcome: "asleep" });
  });

  it("keeps events that the bus does not take, and sends them with the next run", async () => {
    await world.bring("orders", until({ bob: at(HOUR) }));
    (world.aws.events as unknown[]).length = 0;
    pass(HOUR);
    world.aws.faultService(({ service }) => service === "events", "error");
    expect(await world.enforce()).toMatchObject({ statements: 1, outcome: "enforced" });
    expect(world.events()).toEqual([]);
    world.aws.clearFaults();
    await world.enforce();
    expect(world.events().map(({ type }) => type)).toEqual(["access.expired", "reconcile.succeeded"]);
  });

  it("finishes what a run left that died after its statements: sessions end, and it is told", async () => {
    await world.bring("orders", until({ bob: at(HOUR) }));
    const bob = await logIn(world.server, "sl_bob", await iamToken(world.server, "sl_bob"));
    bob.on("error", () => {});
    pass(HOUR);
    // The function dies between DROP USER and KILL: from then on nothing reaches the server or the ledger.
    const { connect } = world.services;
    const dying: Services["connect"] = async (entry, options) => {
      const session = await connect(entry, options);
      const query = async (sql: string) => {
        if (/PROCESSLIST WHERE CAST/.test(sql)) throw new Error("killed");
        return session.query(sql);
      };
      return {
        ...session,
        id: session.id,
        user: session.user,
        query,
        queryAll: s => session.queryAll(s),
        close: () => session.close(),
        destroy: () => session.destroy(),
      };
    };
    await expect(world.enforce("orders", { ...world.services, connect: dying })).rejects.toThrow(/killed/);
    expect(await world.accounts()).toEqual([]);
    await expect(bob.query("SELECT 1")).resolves.toBeDefined();
    (world.aws.events as unknown[]).length = 0;

    expect(await world.enforce()).toMatchObject({ statements: 0, sessionsEnded: 1 });
    await expect(bob.query("SELECT 1")).rejects.toThrow();
    expect(world.events("access.expired")).toHaveLength(1);
    expect(await world.enforce()).toMatchObject({ sessionsEnded: 0 });
  });

  it("takes nothing that it could not write down before", async () => {
    await world.bring("orders", until({ bob: at(HOUR) }));
    pass(HOUR);
    world.aws.faultService(writesToLedger, "deny");
    await expect(world.enforce()).rejects.toThrow(/LedgerUnusable/);
    expect(await world.accounts()).toEqual(["sl_bob"]);
    world.aws.clearFaults();
    expect(await world.enforce()).toMatchObject({ statements: 1 });
  });

  it("does nothing where nothing is managed, and refuses what is no call of a schedule", async () => {
    await world.register("unknown");
    expect(await world.enforce("unknown")).toMatchObject({ outcome: "idle" });
    const call = (payload: unknown) => enforceHandler(world.services)(payload, world.context());
    await expect(
      call({ protocol: 1, action: "enforce", cluster: "orders", trigger: "interval", roster: NOBODY }),
    ).rejects.toThrow(/InvalidInput/);
    await expect(call({ Records: [{ eventSource: "aws:sqs", messageId: "1", body: "{}" }] })).rejects.toThrow(
      /no change of a parameter/,
    );
  });

  it("measures each run, under names of the catalogue alone", async () => {
    const emitted: [string, object][] = [];
    const measured: Services = { ...world.services, metrics: { emit: (...said) => void emitted.push(said) } };
    await world.bring("orders", rosterOf({ bob: "read" }));
    await world.root.query("GRANT DELETE ON orders.* TO 'sl_bob'@'%'");
    await world.enforce("orders", measured);
    pass(10 * 60_000);
    world.aws.faultService(({ service }) => service === "secretsmanager", {
      status: 400,
      type: "ResourceNotFoundException",
    });
    await expect(
      world.enforce("orders", { ...withClock(world.freshServices()), metrics: measured.metrics }),
    ).rejects.toThrow();
    expect(emitted).toMatchObject([
      [
        "orders",
        {
          Accounts: 1,
          Statements: 0,
          Drift: 1,
          Failures: 0,
          EnforcementAge: 0,
          SourceRefusals: 0,
          EventsHeld: 0,
        },
      ],
      ["orders", { Failures: 1, EnforcementAge: 600 }],
    ]);
  });
});
