import { UsageError } from "./errors";

export const DAY_MS = 86_400_000;

/**
 * The days of an option: `30d`, `4w`, or `30`.
 * @throws UsageError for any other text
 */
export function daysOf(option: string, text: string): number {
  const [, count, unit] = /^(\d{1,4})([dw]?)$/.exec(text) ?? [];
  if (count === undefined)
    throw new UsageError(`\`--${option}\` must be a number of days (30d) or weeks (4w), but is "${text}"`);
  return Number(count) * (unit === "w" ? 7 : 1);
}
