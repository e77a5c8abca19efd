import { type Fault, fault } from "./problem";

/**
 * Either the first moment at which access no longer holds (`2027-04-01T00:00:00Z`), or what is wrong with the
 * text.
 */
export type Expiry = { readonly expires: string } | Fault;

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const TIMESTAMP =
  /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?(Z|z|[+-]\d{2}:\d{2})?$/;
const FIRST_YEAR = 2000;
const LAST_YEAR = 9998;
const DAY = 86_400_000;
const FORMS =
  "write a date (`2027-03-31`, the end of that day UTC) or a timestamp with its zone " +
  "(`2027-03-31T18:00:00+02:00`)";

const NEEDS_ZONE = "end it with `Z` for UTC or with an offset such as `+02:00`";
const utc = (time: number): Expiry => ({ expires: new Date(time).toISOString().replace(".000Z", "Z") });

/** The start of a day in UTC; undefined if the day does not exist. */
function startOfDay(text: string): number | undefined {
  const [, year, month, day] = (DATE.exec(text) ?? []).map(Number);
  const date = new Date(Date.UTC(year!, month! - 1, day!));
  date.setUTCFullYear(year!);
  const exists = date.getUTCMonth() === month! - 1 && date.getUTCDate() === day!;
  return exists ? date.getTime() : undefined;
}

function zoneOffset(zone: string): number | undefined {
  if (zone.toUpperCase() === "Z") return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4, 6));
  if (hours > 14 || minutes > 59 || hours * 60 + minutes > 14 * 60) return undefined;
  return (zone.startsWith("-") ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/**
 * Reads an `expires`. A date means the end of that day in UTC, a timestamp that very moment. A day that does
 * not exist and a time without a zone are refused.
 */
export function parseExpiry(text: string): Expiry {
  const stamp = TIMESTAMP.exec(text);
  const dateText = stamp ? stamp[1]! : text;
  if (!DATE.test(dateText)) return fault(`"${text}" is not a date`, FORMS);
  const day = startOfDay(dateText);
  if (day === undefined) return fault(`"${dateText}" is a day that does not exist`, FORMS);
  const year = Number(dateText.slice(0, 4));
  if (year < FIRST_YEAR || year > LAST_YEAR)
    return fault(
      `the year ${year} is not between ${FIRST_YEAR} and ${LAST_YEAR}`,
      "leave `expires` out for access without an end",
    );
  if (!stamp) return utc(day + DAY);
  const [, , hours, minutes, seconds = "00", fraction = "", zone] = stamp;
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59)
    return fault(`"${text}" is a time that does not exist`, FORMS);
  if (zone === undefined) return fault(`"${text}" is a time without a zone`, NEEDS_ZONE);
  const offset = zoneOffset(zone);
  if (offset === undefined) return fault(`"${zone}" is not a time zone`, NEEDS_ZONE);
  const time =
    (Number(hours) * 60 + Number(minutes)) * 60_000 +
    Number(seconds) * 1000 +
    Number(fraction.padEnd(3, "0"));
  return utc(day + time - offset);
}
