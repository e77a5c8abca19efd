import { randomUUID } from "node:crypto";

import { ACCOUNT_ID, REGION } from "../aws-http/identity";
import { LocalError } from "../process/local-error";

/**
 * The event that a schedule sends to its function: the target's input with Scheduler's context attributes
 * filled in.
 *
 * @throws LocalError when the result is not JSON
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
 */
export function scheduleEvent(
  { Arn: arn, Name: name }: { readonly Arn: string; readonly Name: string },
  input: string | undefined,
  at: Date,
): unknown {
  const time = `${at.toISOString().slice(0, 19)}Z`;
  const id = randomUUID();
  if (!input)
    return {
      version: "0",
      id,
      "detail-type": "Scheduled Event",
      source: "aws.scheduler",
      account: ACCOUNT_ID,
      time,
      region: REGION,
      resources: [arn],
      detail: "{}",
    };
  const filled = input
    .replaceAll("<aws.scheduler.schedule-arn>", arn)
    .replaceAll("<aws.scheduler.scheduled-time>", time)
    .replaceAll("<aws.scheduler.execution-id>", id)
    .replaceAll("<aws.scheduler.attempt-number>", "1");
  try {
    return JSON.parse(filled) as unknown;
  } catch {
    throw new LocalError(`schedule ${name}: the input of a function must be JSON, got: ${input}`);
  }
}
