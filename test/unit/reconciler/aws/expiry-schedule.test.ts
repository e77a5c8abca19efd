import { GetScheduleCommand } from "@aws-sdk/client-scheduler";
import { EventBridgeExpirySchedule } from "../../../../lambdas/reconciler/aws/expiry-schedule";

const NOW = Date.parse("2027-04-01T00:00:00.250Z");
const TARGET = { Arn: "arn:enforce", RoleArn: "arn:role", Input: "{}" };

/** EventBridge Scheduler with one schedule, which refuses what AWS refuses. */
class Scheduler {
  readonly updates: { readonly ScheduleExpression: string }[] = [];
  expression = "at(2026-01-01T00:00:00)";

  async send(command: { readonly input: object }): Promise<object> {
    if (command instanceof GetScheduleCommand)
      return { ScheduleExpression: this.expression, State: "ENABLED", Target: TARGET };
    const update = command.input as { readonly ScheduleExpression: string };
    this.updates.push(update);
    if (Date.parse(`${update.ScheduleExpression.slice(3, -1)}Z`) <= NOW)
      throw new Error("ValidationException: the time of a one-time schedule is in the past");
    this.expression = update.ScheduleExpression;
    return {};
  }
}

describe("the schedule of expiries", () => {
  const scheduler = new Scheduler();
  const schedule = new EventBridgeExpirySchedule(
    async () =>
      scheduler as unknown as Awaited<ReturnType<ConstructorParameters<typeof EventBridgeExpirySchedule>[0]>>,
    () => NOW,
  );

  test.each<[string, string | undefined, string]>([
    ["a moment ahead", "2027-04-02T00:00:00Z", "at(2027-04-02T00:00:00)"],
    ["a moment with a fraction of a second", "2027-04-02T00:00:00.001Z", "at(2027-04-02T00:00:01)"],
    ["this very moment", "2027-04-01T00:00:00.250Z", "at(2027-04-01T00:00:06)"],
    ["a moment that is over when the request arrives", "2027-04-01T00:00:01Z", "at(2027-04-01T00:00:06)"],
    ["a moment a year ago", "2026-04-01T00:00:00Z", "at(2027-04-01T00:00:06)"],
    ["no moment", undefined, "at(2099-12-31T00:00:00)"],
  ])("is never asked for a time that is over: %s", async (_, moment, expected) => {
    scheduler.expression = "at(2026-01-01T00:00:00)";
    await schedule.moveTo("group/orders-expiry", moment === undefined ? undefined : new Date(moment));
    expect(scheduler.updates.at(-1)).toMatchObject({ ScheduleExpression: expected, Target: TARGET });
  });
});
