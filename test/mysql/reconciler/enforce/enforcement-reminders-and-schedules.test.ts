import { CreateScheduleCommand, GetScheduleCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import { enforceHandler } from "../../../../lambdas/reconciler/handlers/handlers";
import { LedgerError } from "../../../../lambdas/reconciler/runtime/errors";
import type { Services } from "../../../../lambdas/reconciler/services/services";
import { NOBODY, rosterOf } from "../rosters";
import { LEDGER } from "../tables";
import { DAY, enforcementFixture, HOUR } from "./enforcement-fixture";
import { until } from "./rosters-until";

describe("reminders, schedules and outages around enforcement", () => {
  const fixture = enforcementFixture();
  const writesToLedger = (request: { service: string; operation: string; body: unknown }) =>
    request.service === "dynamodb" &&
    /Put|Transact|Delete/.test(request.operation) &&
    JSON.stringify(request.body).includes(`"${LEDGER}"`);

  it("sends reminders seven days and one day before, once each, and none right after a message with the same date", async () => {
    await fixture.planAndApply(
      "orders",
      until({ bob: fixture.at(8 * DAY), ann: fixture.at(3 * DAY), eve: undefined }),
    );
    expect(await fixture.enforce()).toMatchObject({ reminders: 0 });
    const reminded = () =>
      fixture.events("access.expiring").map(({ detail }) => {
        const { account, days } = detail as { account: string; days: number };
        return `${account} ${days}`;
      });
    fixture.pass(DAY);
    expect(await fixture.enforce()).toMatchObject({ reminders: 1 });
    expect(await fixture.enforce()).toMatchObject({ reminders: 0 });
    expect(reminded()).toEqual(["sl_bob 7"]);
    fixture.pass(DAY);
    await Promise.all([fixture.enforce(), fixture.enforce("orders", fixture.freshServices())]);
    expect(reminded()).toEqual(["sl_bob 7", "sl_ann 1"]);
    fixture.pass(5 * DAY);
    await fixture.enforce();
    expect(reminded()).toEqual(["sl_bob 7", "sl_ann 1", "sl_bob 1"]);
    const [first] = fixture.events("access.expiring");
    expect(first!.detail).toMatchObject({
      email: "bob@example.com",
      login: { host: "localhost", port: fixture.server.port },
    });
  });

  it("moves the schedule to the next expiry, and to a date far away when nothing expires", async () => {
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
    await fixture.register("orders", { expirySchedule: "default/orders-expiry" });
    // Logins that began before an earlier run took access are not late any more.
    fixture.pass(DAY);
    await fixture.planAndApply("orders", until({ bob: fixture.at(2 * HOUR), ann: fixture.at(3 * HOUR) }));
    expect(await expression()).toBe(`at(${fixture.at(2 * HOUR).slice(0, 19)})`);
    fixture.pass(2 * HOUR);
    await fixture.enforce();
    expect(await expression()).toBe(`at(${fixture.at(15_000).slice(0, 19)})`);
    fixture.pass(15_000);
    await fixture.enforce();
    expect(await expression()).toBe(`at(${fixture.at(HOUR - 15_000).slice(0, 19)})`);
    fixture.pass(HOUR - 15_000);
    await fixture.enforce();
    fixture.pass(15_000);
    await fixture.enforce();
    expect(await expression()).toBe("at(2099-12-31T00:00:00)");
    expect(await fixture.accounts()).toEqual([]);
    // If the schedule cannot be moved, the run succeeds all the same.
    await fixture.register("orders", { expirySchedule: "default/nowhere" });
    await fixture.planAndApply("orders", until({ bob: fixture.at(HOUR) }));
    expect(await fixture.enforce()).toMatchObject({ outcome: "enforced" });
  });

  it("does not wake a paused cluster for drift, and does for an expiry", async () => {
    await fixture.register("orders", { pausing: { clusterIdentifier: "orders" } });
    await fixture.planAndApply("orders", until({ bob: fixture.at(HOUR) }));
    let connected = 0;
    const asleep = (isPaused: () => Promise<boolean>): Services => ({
      ...fixture.services,
      // The emulator's CloudWatch has no metrics of Aurora.
      capacity: { isPaused },
      connect: (...asked) => {
        connected++;
        return fixture.services.connect(...asked);
      },
    });
    expect(
      await fixture.enforce(
        "orders",
        asleep(async () => true),
      ),
    ).toMatchObject({ outcome: "asleep" });
    expect(connected).toBe(0);
    expect(
      await fixture.enforce(
        "orders",
        asleep(async () => false),
      ),
    ).toMatchObject({ outcome: "enforced" });
    const unknown = () => Promise.reject(new Error("throttled"));
    expect(await fixture.enforce("orders", asleep(unknown))).toMatchObject({ outcome: "enforced" });
    // Two of each run: the second one reads the open sessions, as performance_schema is off here.
    expect(connected).toBe(4);
    fixture.pass(HOUR);
    expect(
      await fixture.enforce(
        "orders",
        asleep(async () => true),
      ),
    ).toMatchObject({ outcome: "enforced", statements: 1 });
    expect(
      await fixture.enforce(
        "orders",
        asleep(async () => true),
      ),
    ).toMatchObject({ outcome: "asleep" });
  });

  it("keeps events that the bus rejects, and sends them with the next run", async () => {
    await fixture.planAndApply("orders", until({ bob: fixture.at(HOUR) }));
    fixture.forgetEvents();
    fixture.pass(HOUR);
    fixture.aws.faultService(({ service }) => service === "events", "error");
    expect(await fixture.enforce()).toMatchObject({ statements: 1, outcome: "enforced" });
    expect(fixture.events()).toEqual([]);
    fixture.aws.clearFaults();
    await fixture.enforce();
    expect(fixture.events().map(({ type }) => type)).toEqual(["access.expired", "reconcile.succeeded"]);
  });

  it("finishes a run that died after its statements: it ends the sessions and sends the events", async () => {
    await fixture.planAndApply("orders", until({ bob: fixture.at(HOUR) }));
    const bob = await fixture.session("sl_bob");
    fixture.pass(HOUR);
    // The function dies between DROP USER and KILL: from then on nothing reaches the server or the ledger.
    await expect(fixture.enforce("orders", fixture.dyingServices())).rejects.toThrow(/killed/);
    expect(await fixture.accounts()).toEqual([]);
    await expect(bob.query("SELECT 1")).resolves.toBeDefined();
    fixture.forgetEvents();

    expect(await fixture.enforce()).toMatchObject({ statements: 0, sessionsEnded: 1 });
    await expect(bob.query("SELECT 1")).rejects.toThrow();
    expect(fixture.events("access.expired")).toHaveLength(1);
    expect(await fixture.enforce()).toMatchObject({ sessionsEnded: 0 });
  });

  it("removes nothing unless it could record that first", async () => {
    await fixture.planAndApply("orders", until({ bob: fixture.at(HOUR) }));
    fixture.pass(HOUR);
    fixture.aws.faultService(writesToLedger, "deny");
    await expect(fixture.enforce()).rejects.toThrow(/LedgerUnusable/);
    expect(await fixture.accounts()).toEqual(["sl_bob"]);
    fixture.aws.clearFaults();
    expect(await fixture.enforce()).toMatchObject({ statements: 1 });
  });

  it("does nothing on an unmanaged cluster, and refuses payloads that no schedule sends", async () => {
    await fixture.register("unknown");
    expect(await fixture.enforce("unknown")).toMatchObject({ outcome: "idle" });
    const call = (payload: unknown) => enforceHandler(fixture.services)(payload, fixture.context());
    await expect(
      call({ protocol: 1, action: "enforce", cluster: "orders", trigger: "interval", roster: NOBODY }),
    ).rejects.toThrow(/InvalidInput/);
    await expect(call({ Records: [{ eventSource: "aws:sqs", messageId: "1", body: "{}" }] })).rejects.toThrow(
      /no change of a parameter/,
    );
  });

  it("emits what a run measured also if the run's record cannot be written", async () => {
    const emitted: object[] = [];
    await fixture.planAndApply("orders", rosterOf({ bob: "read" }));
    await fixture.root.query("GRANT DELETE ON orders.* TO 'sl_bob'@'%'");
    const metrics = { emit: (_cluster: string, values: object) => void emitted.push(values) };
    const spy = jest.spyOn(fixture.services.enforcement, "write");
    spy.mockRejectedValue(new LedgerError("the table is gone"));
    await expect(fixture.enforce("orders", { ...fixture.services, metrics })).rejects.toThrow(
      /table is gone/,
    );
    spy.mockRestore();
    expect(emitted).toMatchObject([{ Accounts: 1, Drift: 1, Failures: 1 }]);
  });

  it("emits metrics for each run, with names of the catalogue only", async () => {
    const emitted: [string, object][] = [];
    const measured: Services = {
      ...fixture.services,
      metrics: { emit: (...said) => void emitted.push(said) },
    };
    await fixture.planAndApply("orders", rosterOf({ bob: "read" }));
    await fixture.root.query("GRANT DELETE ON orders.* TO 'sl_bob'@'%'");
    await fixture.enforce("orders", measured);
    fixture.pass(10 * 60_000);
    fixture.aws.faultService(({ service }) => service === "secretsmanager", {
      status: 400,
      type: "ResourceNotFoundException",
    });
    await expect(
      fixture.enforce("orders", { ...fixture.freshServices(), metrics: measured.metrics }),
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
