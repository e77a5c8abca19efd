import { parseExpiry } from "../../core/users";
import { UsageError } from "./errors";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const UNITS: Readonly<Record<string, number>> = { h: HOUR, d: DAY, w: 7 * DAY };

/**
 * The moment that an option names: a date, a timestamp with its zone, or hours, days or weeks ago (`24h`,
 * `7d`, `2w`).
 * @param edge for a date: its first moment in UTC, or the first moment after it
 * @throws UsageError for any other text
 */
export function parseTime(option: string, text: string, now: Date, edge: "start" | "end"): Date {
  const [, count, unit] = /^(\d{1,5})([hdw])$/.exec(text) ?? [];
  if (count !== undefined && unit !== undefined)
    return new Date(now.getTime() - Number(count) * UNITS[unit]!);
  const parsed = parseExpiry(text);
  if (!("expires" in parsed)) {
    const rule = "must be a date (2027-03-31), a timestamp with its zone, or a time ago (24h, 7d, 2w)";
    throw new UsageError(`\`--${option}\` ${rule}, but is "${text}"`);
  }
  const end = new Date(parsed.expires);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && edge === "start" ? new Date(end.getTime() - DAY) : end;
}
