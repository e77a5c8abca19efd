import { REMINDER_DAYS } from "../contract/enforcement";
import { groupBy } from "../group-by";
import { accountNames, type Roster } from "../roster/roster";
import { accessOf, endingAccess, fitting, LIST_BYTES, ownersOf } from "./access-lists";
import type { Access, AccessEvent } from "./events";
import { loginPlace } from "./login-place";
import { commonDetail, eventId, personOf, type Run, type RunOutcome } from "./run-events";

const DAY_MS = 86_400_000;

export type ReminderDays = (typeof REMINDER_DAYS)[number];

/** A reminder that is due: an account, and its grants that end at one moment. */
export interface Reminder {
  readonly account: string;
  readonly expires: string;
  readonly days: ReminderDays;
  readonly ending: readonly Access[];
}

/** Whether a reminder that comes so many days before the end of a grant is due. */
const isReminderDue = (expires: string, days: ReminderDays, now: Date): boolean =>
  Date.parse(expires) - days * DAY_MS <= now.getTime();

/** Whether a grant ended so long ago that nothing needs to remember its reminders. */
export const isReminderOver = (expires: string, now: Date): boolean =>
  Date.parse(expires) + DAY_MS < now.getTime();

/**
 * The reminders that are due. If both reminders of a grant are due, only the later one comes. None comes of an
 * end that takes nothing, as another grant gives all of it on.
 */
export const dueReminders = (roster: Roster, now: Date): Reminder[] =>
  accountNames(roster).flatMap(account => {
    const limited = endingAccess(roster, account, now);
    return [...groupBy(limited, ({ expires }) => expires)].flatMap(([expires, ending]) => {
      const [days] = [...REMINDER_DAYS]
        .sort((a, b) => a - b)
        .filter(each => isReminderDue(expires, each, now));
      return days === undefined ? [] : [{ account, expires, days, ending }];
    });
  });

/**
 * The reminders that an event already gave: a person who gets a message today that new access ends in three
 * days needs no reminder.
 */
export function remindersGivenBy({ type, detail }: AccessEvent, now: Date): Omit<Reminder, "ending">[] {
  if (type !== "access.granted" && type !== "access.changed") return [];
  const { account, after, before } = detail;
  const ends = after.flatMap(({ expires }) => (expires === undefined ? [] : [expires]));
  const isNew = (expires: string) => !before.some(entry => entry.expires === expires);
  return ends.filter(isNew).flatMap(expires => {
    const due = REMINDER_DAYS.filter(days => isReminderDue(expires, days, now));
    return due.map(days => ({ account, expires, days }));
  });
}

/** @param entry where to log in */
export function reminderEvent(
  run: Run,
  { account, days, ending, expires }: Reminder,
  roster: Roster,
  entry: RunOutcome["entry"],
): AccessEvent {
  const all = accessOf(roster, account, run.at);
  const access = fitting(all, LIST_BYTES.access);
  return {
    type: "access.expiring",
    detail: {
      ...commonDetail(run, "expiry", account, "expiring", String(days)),
      id: eventId(run, "access.expiring", run.cluster, account, expires, days),
      ...personOf(account, roster),
      before: access,
      after: access,
      ending: fitting(ending, LIST_BYTES.ending),
      days,
      owners: fitting(ownersOf(roster, all), LIST_BYTES.owners),
      login: loginPlace(entry, account, roster, run.at),
    },
  };
}
