import { REMINDER_DAYS } from "../../../core/contract/enforcement";
import type { AccessEvent } from "../../../core/events/events";
import { type MailedAddresses, oneMailEach } from "../../../core/events/one-mail-each";
import {
  dueReminders,
  isReminderOver,
  type Reminder,
  reminderEvent,
  remindersGivenBy,
} from "../../../core/events/reminders";
import type { Run, RunOutcome } from "../../../core/events/run-events";
import { grantsOf, type Roster } from "../../../core/roster/roster";
import type { Item, ItemStore, Put } from "../../runtime/item-store";
import { guardLedger } from "../store/guard-ledger";
import type { Outbox } from "./outbox";

const PREFIX = "reminder#";

type ReminderKey = Omit<Reminder, "ending">;

const keyOf = ({ account, expires, days }: ReminderKey) => `${PREFIX}${expires}#${days}#${account}`;
const endOf = (key: string) => key.slice(PREFIX.length).split("#")[0]!;

interface ReminderLimits {
  readonly hasTime?: () => boolean;
  readonly events?: readonly AccessEvent[];
}

/**
 * Reminds people seven days and one day before access ends. A mark in the ledger, which is written together
 * with the event, makes sure that each reminder comes once.
 */
export class Reminders {
  readonly #store: ItemStore;
  readonly #table: string;
  readonly #outbox: Outbox;

  constructor(store: ItemStore, table: string, outbox: Outbox) {
    this.#store = store;
    this.#table = table;
    this.#outbox = outbox;
  }

  /**
   * Writes an event for each reminder that is due and was not given yet.
   * @param roster the roster in effect, which the run leaves in effect
   * @param limits `hasTime`: false ends the loop, and the remaining reminders come with the next run.
   * `events`: those of the run, whose addresses get no second mail
   * @returns the number of reminders
   * @throws LedgerError
   */
  async send(run: Run, roster: Roster, entry: RunOutcome["entry"], limits: ReminderLimits = {}) {
    const { events = [], hasTime = () => true } = limits;
    const mailed: MailedAddresses = new Set();
    oneMailEach(events, mailed);
    const marks = await this.#marks(run.cluster);
    let written = 0;
    for (const reminder of dueReminders(roster, run.at)) {
      if (marks.has(keyOf(reminder))) continue;
      if (!hasTime()) break;
      const { formerly } = roster.accounts[reminder.account]!;
      if (formerly !== undefined && marks.has(keyOf({ ...reminder, account: formerly }))) {
        await this.#guard(run.cluster, () => this.#store.put(this.#mark(run, reminder)));
        continue;
      }
      const id = `${run.id}#${reminder.days}#${reminder.account}`;
      const event = reminderEvent(run, reminder, roster, entry);
      const items = await this.#outbox.items(run.cluster, id, oneMailEach([event], mailed));
      // An earlier reminder that was missed is marked too: it does not come any more.
      const unmarked = REMINDER_DAYS.filter(days => days >= reminder.days)
        .map(days => ({ ...reminder, days }))
        .filter(each => !marks.has(keyOf(each)));
      const puts: Put[] = unmarked.map(each => ({ ...this.#mark(run, each), condition: "absent" }));
      const isWritten = await this.#guard(run.cluster, () =>
        this.#store.put(...puts, ...items.map(item => ({ table: this.#table, item }))),
      );
      if (isWritten) written++;
    }
    await this.#forget(run, marks, { roster, hasTime });
    return written;
  }

  /** Marks the reminders that the events of a run already gave. @throws LedgerError */
  async markSent(run: Run, events: readonly AccessEvent[]): Promise<void> {
    for (const given of events.flatMap(event => remindersGivenBy(event, run.at)))
      await this.#guard(run.cluster, () => this.#store.put(this.#mark(run, given)));
  }

  async #marks(cluster: string): Promise<ReadonlySet<string>> {
    const items = await this.#guard(cluster, () => this.#store.list(this.#table, cluster, PREFIX));
    return new Set(items.map(({ sk }) => sk));
  }

  #mark(run: Run, reminder: ReminderKey): { readonly table: string; readonly item: Item } {
    const item = { pk: run.cluster, sk: keyOf(reminder), at: run.at.toISOString() };
    return { table: this.#table, item };
  }

  /** Deletes the marks of grants that have ended, and of ends that no grant has any more. */
  async #forget(
    { cluster, at }: Run,
    marks: ReadonlySet<string>,
    { hasTime, roster }: { readonly roster: Roster; readonly hasTime: () => boolean },
  ): Promise<void> {
    const current = new Set(
      Object.entries(roster.accounts).flatMap(([account, details]) =>
        grantsOf(details).flatMap(({ grant: { expires = "" } }) =>
          REMINDER_DAYS.map(days => keyOf({ account, expires, days })),
        ),
      ),
    );
    for (const key of marks) {
      if (current.has(key) && !isReminderOver(endOf(key), at)) continue;
      if (!hasTime()) return;
      await this.#store.remove(this.#table, cluster, key).catch(() => {});
    }
  }

  #guard<T>(cluster: string, work: () => Promise<T>): Promise<T> {
    return guardLedger(cluster, "reminders could not be written to the ledger", work);
  }
}
