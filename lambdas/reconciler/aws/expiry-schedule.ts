import type { SchedulerClient } from "@aws-sdk/client-scheduler";
import { NO_EXPIRY } from "../../../core/contract/enforcement";

/** The schedule that fires at a cluster's next expiry: one for each cluster, for all of its grants. */
export interface ExpirySchedule {
  /**
   * Moves the schedule. Without a moment it is moved to the year 2099. AWS refuses a time that is over, so
   * for such a moment the schedule fires in a few seconds.
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

/** How far ahead the schedule is set at least, so that its time is not over when the request arrives. */
const LEAST_AHEAD_MS = 5_000;

/** `at(2027-04-01T00:00:00)`: EventBridge Scheduler fires within the minute after it. */
const atExpression = (moment: Date | undefined): string =>
  `at(${moment ? ceilSecond(moment).toISOString().slice(0, 19) : NO_EXPIRY})`;

const ceilSecond = (moment: Date) => new Date(Math.ceil(moment.getTime() / 1000) * 1000);

/** @see https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UpdateSchedule.html */
export class EventBridgeExpirySchedule implements ExpirySchedule {
  readonly #client: () => Promise<Pick<SchedulerClient, "send">>;
  readonly #now: () => number;

  /** @param now tests hand in a clock of their own */
  constructor(client: () => Promise<Pick<SchedulerClient, "send">>, now: () => number = Date.now) {
    this.#client = client;
    this.#now = now;
  }

  async moveTo(schedule: string, moment: Date | undefined): Promise<void> {
    const { GetScheduleCommand, UpdateScheduleCommand } = await import("@aws-sdk/client-scheduler");
    const client = await this.#client();
    const [GroupName, Name] = schedule.split("/");
    const found = await client.send(new GetScheduleCommand({ GroupName, Name }));
    const earliest = this.#now() + LEAST_AHEAD_MS;
    const ScheduleExpression = atExpression(moment && new Date(Math.max(moment.getTime(), earliest)));
    if (found.ScheduleExpression === ScheduleExpression && found.State !== "DISABLED") return;
    // An update replaces the whole schedule.
    const { Target, FlexibleTimeWindow, Description, KmsKeyArn } = found;
    const kept = { Target, FlexibleTimeWindow, Description, KmsKeyArn };
    const update = { GroupName, Name, ...kept, ...ENABLED, ScheduleExpression };
    await client.send(new UpdateScheduleCommand(update));
  }
}
