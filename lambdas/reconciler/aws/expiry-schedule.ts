import type { SchedulerClient } from "@aws-sdk/client-scheduler";
import { NO_EXPIRY } from "../../../core/contract/enforcement";

/** The schedule that fires at a cluster's next expiry: one for each cluster, for all of its grants. */
export interface ExpirySchedule {
  /**
   * Moves the schedule. Without a moment it is moved to the year 2099.
   * @param schedule `group/name`
   * @throws Error when the schedule does not exist or may not be changed; the interval's schedule then
   * enforces later
   */
  moveTo(schedule: string, moment: Date | undefined): Promise<void>;
}

const ENABLED = {
  ScheduleExpressionTimezone: "UTC",
  State: "ENABLED",
  ActionAfterCompletion: "NONE",
} as const;

/** `at(2027-04-01T00:00:00)`: EventBridge Scheduler fires within the minute after it. */
const atExpression = (moment: Date | undefined): string =>
  `at(${moment ? ceilSecond(moment).toISOString().slice(0, 19) : NO_EXPIRY})`;

const ceilSecond = (moment: Date) => new Date(Math.ceil(moment.getTime() / 1000) * 1000);

/** @see https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UpdateSchedule.html */
export class EventBridgeExpirySchedule implements ExpirySchedule {
  readonly #client: () => Promise<Pick<SchedulerClient, "send">>;

  constructor(client: () => Promise<Pick<SchedulerClient, "send">>) {
    this.#client = client;
  }

  async moveTo(schedule: string, moment: Date | undefined): Promise<void> {
    const { GetScheduleCommand, UpdateScheduleCommand } = await import("@aws-sdk/client-scheduler");
    const client = await this.#client();
    const [GroupName, Name] = schedule.split("/");
    const found = await client.send(new GetScheduleCommand({ GroupName, Name }));
    const ScheduleExpression = atExpression(moment);
    if (found.ScheduleExpression === ScheduleExpression && found.State !== "DISABLED") return;
    // An update replaces the whole schedule.
    const { Target, FlexibleTimeWindow, Description, KmsKeyArn } = found;
    const kept = { Target, FlexibleTimeWindow, Description, KmsKeyArn };
    const update = { GroupName, Name, ...kept, ...ENABLED, ScheduleExpression };
    await client.send(new UpdateScheduleCommand(update));
  }
}
