import { LocalError } from "../process/local-error";

/** When a schedule fires: at an interval in ms, or once at an epoch time in ms. */
export type ScheduleExpression = { readonly everyMs: number } | { readonly at: number };

const UNITS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * Reads `rate(15 minutes)` and `at(2026-01-31T12:00:00)`, in UTC.
 *
 * @throws LocalError for any other form or time zone
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
export function parseScheduleExpression(text: string, timeZone: string, name: string): ScheduleExpression {
  const [, count, unit = ""] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(text) ?? [];
  if (Number(count) > 0) return { everyMs: Number(count) * UNITS[unit]! };
  const [, moment] = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/.exec(text) ?? [];
  const at = Date.parse(`${moment}Z`);
  if (!moment || Number.isNaN(at))
    throw new LocalError(
      `schedule ${name}: the local cloud fires rate(...) and at(yyyy-mm-ddThh:mm:ss) only, got: ${text}`,
    );
  if (timeZone !== "UTC")
    throw new LocalError(`schedule ${name}: the local cloud supports UTC only, got: ${timeZone}`);
  return { at };
}

/**
 * The first time after `after` at which a schedule fires; `undefined` for an `at` that is not after it. A
 * rate fires for the first time one period after `anchor`.
 */
export function nextOccurrence(
  expression: ScheduleExpression,
  anchor: number,
  after: number,
): number | undefined {
  if ("at" in expression) return expression.at > after ? expression.at : undefined;
  const periods = Math.max(1, Math.floor((after - anchor) / expression.everyMs) + 1);
  return anchor + periods * expression.everyMs;
}
