import { CreateScheduleCommand, GetScheduleCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import type { Connection } from "mysql2/promise";
import { EMPTY_ROSTER } from "../../../../core/roster/roster";
import { beginLogin } from "../../../support/half-open-login";
import { column, logIn, PASSWORD } from "../../../support/mysql-login";
import { enforcementFixture, HOUR } from "../enforce/enforcement-fixture";
import { until } from "../enforce/rosters-until";
import { rosterOf } from "../rosters";

const READS = "SELECT COUNT(*) AS n FROM orders.t";
/** What the session of an account that is gone can do. It has no rights on databases (measured). */
const CONNECTS = "SELECT CURRENT_USER()";
/** The server's `connect_timeout`, and a margin. */
const LATE_MS = 15_000;

describe.each(["ON", "OFF"])("with performance_schema %s, a login that finishes late", performanceSchema => {
  const fixture = enforcementFixture({
    server: { args: [`--performance-schema=${performanceSchema}`] },
  });
  /** Whether a run that ends sessions waits for unfinished logins. */
  const waits = () => performanceSchema === "OFF" && fixture.server.line === "8.0";

  const both = rosterOf({ bob: "read", eve: "read" });
  const ends = () => until({ bob: fixture.at(HOUR), eve: undefined });
  const EVENT = "EVENT orders.e ON SCHEDULE EVERY 1 YEAR DO SELECT 1";
  const bobMayLogIn = async () =>
    (await column(fixture.root, "SELECT account_locked FROM mysql.user WHERE User = 'sl_bob'"))[0] === "N";

  /** Finishes the logins once the account is locked or gone. */
  const finishLate = async (
    logins: readonly { finish(): Promise<Connection> }[],
    taking: Promise<unknown>,
  ) => {
    if (!waits()) await taking;
    while (await bobMayLogIn()) await new Promise(resolve => setTimeout(resolve, 50));
    return Promise.all(logins.map(login => login.finish()));
  };

  it.each<[string, number, string, ...(() => Promise<unknown>)[]]>([
    [
      "enforcement drops it",
      1,
      CONNECTS,
      () => fixture.planAndApply("orders", ends()),
      async () => {
        fixture.pass(HOUR);
        await fixture.enforce();
      },
      () => fixture.enforce(),
    ],
    [
      "enforcement locks it, as it owns an event",
      3,
      READS,
      async () => {
        await fixture.planAndApply("orders", ends());
        await fixture.root.query(`CREATE DEFINER = 'sl_bob'@'%' ${EVENT}`);
      },
      async () => {
        fixture.pass(HOUR);
        await fixture.enforce();
      },
      () => fixture.enforce(),
    ],
    [
      "an apply drops it, and an apply without statements follows",
      2,
      CONNECTS,
      () => fixture.planAndApply("orders", both),
      () => fixture.planAndApply("orders", rosterOf({ eve: "read" })),
      async () => {
        const roster = until({ eve: fixture.at(HOUR) });
        const plan = await fixture.preview("orders", roster);
        expect(plan.sql).toEqual([]);
        await fixture.apply("orders", roster, plan);
      },
    ],
    [
      "a person locks it by hand, and an apply with statements follows",
      1,
      READS,
      () => fixture.planAndApply("orders", both),
      () => fixture.root.query("ALTER USER sl_bob ACCOUNT LOCK"),
      () => fixture.planAndApply("orders", rosterOf({ eve: "write" })),
    ],
  ])("%s (%i logins): the next run ends the sessions", async (_, count, probe, prepare, take, nextRun) => {
    await prepare!();
    const other = await fixture.session("sl_eve");
    const logins = await Promise.all(
      Array.from({ length: count }, () => beginLogin(fixture.server, "sl_bob")),
    );
    const taking = take!();
    const late = await finishLate(logins, taking);
    // Where the run waited for the logins, it may have ended their sessions itself.
    if (!waits()) for (const session of late) await expect(session.query(probe)).resolves.toBeDefined();
    await expect(fixture.session("sl_bob")).rejects.toThrow(/denied|locked/i);
    await taking;

    await nextRun!();
    for (const session of late) await expect(session.query(probe)).rejects.toThrow();
    // A session of an account that may log in stays.
    await expect(other.query(READS)).resolves.toBeDefined();
    other.destroy();
    await fixture.root.query("DROP EVENT IF EXISTS orders.e");
  });
});

describe("a run after the one that took access", () => {
  const fixture = enforcementFixture();
  const scheduler = new SchedulerClient({});
  const both = rosterOf({ bob: "read", eve: "read" });

  it.each(["shopapp", "slack_bot", "sl"])(
    "no run ends a session of %s, which lacks the prefix",
    async user => {
      await fixture.root.query(`CREATE USER '${user}'@'%' IDENTIFIED BY '${PASSWORD}'`);
      const session = await logIn(fixture.server, user, PASSWORD);
      session.on("error", () => {});
      await fixture.root.query(`ALTER USER '${user}'@'%' ACCOUNT LOCK`);
      expect(await fixture.enforce()).toMatchObject({ sessionsEnded: 0 });
      await fixture.root.query(`DROP USER '${user}'@'%'`);
      expect(await fixture.enforce()).toMatchObject({ sessionsEnded: 0 });
      await expect(session.query("SELECT 1")).resolves.toBeDefined();
      session.destroy();
    },
  );

  it("records the sessions that a run without statements ends", async () => {
    await fixture.planAndApply("orders", both);
    await Promise.all([fixture.session("sl_bob"), fixture.session("sl_bob")]);
    await fixture.root.query("ALTER USER sl_bob ACCOUNT LOCK");
    expect(await fixture.enforce()).toMatchObject({ statements: 0, sessionsEnded: 2 });
    const [result] = (await fixture.audit("orders")).slice(-1);
    expect(result).toMatchObject({ kind: "result", outcome: "succeeded", sessionsEnded: 2, ran: 0 });
  });

  it.each<[string, () => Promise<unknown>]>([
    ["an apply", () => fixture.planAndApply("orders", until({ eve: fixture.at(2 * HOUR) }))],
    [
      "an enforcement",
      () => {
        fixture.pass(HOUR);
        return fixture.enforce();
      },
    ],
  ])(
    "%s that takes access schedules a run for when no login can be late, also on a paused cluster",
    async (_, take) => {
      const Target = {
        Arn: "arn:aws:lambda:eu-central-1:123456789012:function:enforce",
        RoleArn: "arn:aws:iam::123456789012:role/r",
      };
      const Name = `expiry-${fixture.clock.getTime()}`;
      const FlexibleTimeWindow = { Mode: "OFF" as const };
      const ScheduleExpression = "at(2099-12-31T00:00:00)";
      await scheduler.send(
        new CreateScheduleCommand({ Name, Target, FlexibleTimeWindow, ScheduleExpression }),
      );
      const next = async () => (await scheduler.send(new GetScheduleCommand({ Name }))).ScheduleExpression;
      const at = (ms: number) => `at(${fixture.at(ms).slice(0, 19)})`;
      const pausing = { clusterIdentifier: "orders" };
      // Earlier tests were later than this one.
      await fixture.forget("orders");
      await fixture.register("orders", { expirySchedule: `default/${Name}`, pausing });
      // The emulator's CloudWatch has no metrics of Aurora.
      const asleep = { ...fixture.services, capacity: { isPaused: async () => true } };
      await fixture.planAndApply("orders", until({ bob: fixture.at(HOUR), eve: fixture.at(2 * HOUR) }));
      await fixture.enforce();
      expect(await next()).toBe(at(HOUR));

      await take();
      expect(await next()).toBe(at(LATE_MS));
      // A run in between does not forget it.
      fixture.pass(LATE_MS - 10_000);
      expect(await fixture.enforce("orders", asleep)).toMatchObject({ outcome: "asleep" });
      expect(await next()).toBe(at(10_000));

      fixture.pass(10_000);
      expect(await fixture.enforce("orders", asleep)).toMatchObject({ outcome: "enforced" });
      expect(await next()).not.toBe(at(0));
      expect(await fixture.enforce("orders", asleep)).toMatchObject({ outcome: "asleep" });
      await fixture.planAndApply("orders", EMPTY_ROSTER);
    },
  );
});
