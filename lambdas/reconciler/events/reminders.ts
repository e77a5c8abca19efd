import { REMINDER_DAYS } from "../../../core/contract/enforcement";
import { accessOf, fitting, LIST_BYTES, ownersOf } from "../../../core/events/access-lists";
import type { Access, AccessEvent } from "../../../core/events/events";
import { commonDetail, eventId, personOf, type Run, type RunOutcome } from "../../../core/events/run-events";
import type { Roster } from "../../../core/roster/roster";
import type { Item, ItemStore } from "../../runtime/item-store";
import { guardLedger } from "../store/guard-ledger";
import type { Outbox } from "./outbox";

const PREFIX = "reminder#";
const DAY_MS = 86_400_000;

/** A reminder that is due: an account, and its grants that end at one moment. */
interface Due {
  readonly account: string;
  readonly expires: string;
  readonly days: (typeof REMINDER_DAYS)[number];
  readonly ending: readonly Access[];
}

const keyOf = ({ account, expires, days }: Pick<Due, "account" | "expires" | "days">) =>
  `${PREFIX}${expires}#${days}#${account}`;

/** Tells people that access ends, seven days and one day before. A mark in the ledger, written with the message, sees to once each. */
export class Reminders {
  constructor(
    private readonly store: ItemStore,
    private readonly table: string,
    private readonly outbox: Outbox,
  ) {}

  /**
   * Writes down what is due and was not told yet.
   * @param roster what is in force, and stays
   * @param hasTime false ends it: the rest is told by the next run
   * @returns how many reminders
   * @throws LedgerError
   */
  async tell(
    run: Run,
    roster: Roster,
    entry: RunOutcome["entry"],
    hasTime: () => boolean = () => true,
  ): Promise<number> {
    const due = dueReminders(roster, run.at);
    const marked = await this.#marks(run.cluster);
    let told = 0;
    for (const reminder of due) {
      const smaller = REMINDER_DAYS.filter(days => days >= reminder.days);
      const fresh = smaller.filter(days => !marked.has(keyOf({ ...reminder, days })));
      if (!fresh.includes(reminder.days)) continue;
      if (!hasTime()) break;
      const items = this.outbox.items(run.cluster, `${run.id}#${reminder.days}#${reminder.account}`, [
        event(run, reminder, roster, entry),
      ]);
      const written = await this.#guard(run.cluster, () =>
        this.store.put(
          ...fresh.map(days => ({
            table: this.table,
            item: this.#mark(run, { ...reminder, days }),
            condition: "absent" as const,
          })),
          ...items.map(item => ({ table: this.table, item })),
        ),
      );
      if (written) told++;
    }
    await this.#forget(run, marked);
    return told;
  }

  /** Marks what a message has just said: who was told today that access ends in three days is not told so again. */
  async markTold(run: Run, events: readonly AccessEvent[]): Promise<void> {
    for (const { type, detail } of events) {
      if (type !== "access.granted" && type !== "access.changed") continue;
      for (const { expires } of detail.after) {
        if (expires === undefined || detail.before.some(entry => entry.expires === expires)) continue;
        for (const days of REMINDER_DAYS.filter(
          days => Date.parse(expires) - days * DAY_MS <= run.at.getTime(),
        ))
          await this.#guard(run.cluster, () =>
            this.store.put({
              table: this.table,
              item: this.#mark(run, { account: detail.account, expires, days }),
            }),
          );
      }
    }
  }

  async #marks(cluster: string): Promise<ReadonlySet<string>> {
    const items = await this.#guard(cluster, () => this.store.list(this.table, cluster, PREFIX));
    return new Set(items.map(({ sk }) => sk));
  }

  #mark(run: Run, reminder: Pick<Due, "account" | "expires" | "days">): Item {
    return { pk: run.cluster, sk: keyOf(reminder), at: run.at.toISOString() };
  }

  /** Marks of what is over. */
  async #forget({ cluster, at }: Run, marked: ReadonlySet<string>): Promise<void> {
    const over = [...marked].filter(
      sk => Date.parse(sk.slice(PREFIX.length).split("#")[0]!) + DAY_MS < at.getTime(),
    );
    for (const sk of over) await this.store.remove(this.table, cluster, sk).catch(() => {});
  }

  #guard<T>(cluster: string, work: () => Promise<T>): Promise<T> {
    return guardLedger(cluster, "reminders could not be kept in the ledger", work);
  }
}

/** What is due at a moment: of the two reminders of a grant the later one, once it is time for it. */
export function dueReminders(roster: Roster, now: Date): Due[] {
  return Object.keys(roster.accounts)
    .sort()
    .flatMap(account => {
      const ending = new Map<string, Access[]>();
      for (const entry of accessOf(roster, account, now))
        if (entry.expires !== undefined)
          ending.set(entry.expires, [...(ending.get(entry.expires) ?? []), entry]);
      return [...ending].flatMap(([expires, entries]) => {
        const days = [...REMINDER_DAYS]
          .sort((a, b) => a - b)
          .find(d => Date.parse(expires) - d * DAY_MS <= now.getTime());
        return days === undefined ? [] : [{ account, expires, days, ending: entries }];
      });
    });
}

function event(
  run: Run,
  { account, days, ending, expires }: Due,
  roster: Roster,
  entry: RunOutcome["entry"],
): AccessEvent {
  const all = accessOf(roster, account, run.at);
  const access = fitting(all, LIST_BYTES.access);
  const { host, port, region } = entry;
  return {
    type: "access.expiring",
    detail: {
      ...commonDetail(run, "expiry", account, "expiring", String(days)),
      id: eventId(run, "access.expiring", run.cluster, account, expires, days),
      ...personOf(account, roster),
      ...{ before: access, after: access, ending: fitting(ending, LIST_BYTES.ending), days },
      owners: fitting(ownersOf(roster, all), LIST_BYTES.owners),
      login: { host, port, region },
    },
  };
}
