import { gunzipSync, gzipSync } from "node:zlib";
import type { AccessEvent } from "../../../core/events/events";
import type { Unproven } from "../../../core/unproven";
import type { Item, ItemStore } from "../../runtime/item-store";
import { guardLedger } from "../store/guard-ledger";
import type { Proofs } from "../store/proofs";
import type { EventBus } from "./event-bus";

const PREFIX = "outbox#";
/** Below DynamoDB's 400 KB for one item. */
const ITEM_BYTES = 350_000;
/** How long events without a proof wait for the container that wrote them while the key did not answer. */
const UNPROVEN_MS = 24 * 3_600_000;
/** Sent together, before the time is checked again. */
const EVENTS_AT_ONCE = 200;
/** The longest that one run sends; the remaining events wait for the next run. */
const SEND_MS = 10_000;

/** What became of the waiting events. */
export interface SentEvents {
  /** How many events still wait, or items that have no proof yet, or whose proof could not be checked. */
  readonly waiting: number;
  /** How many items were deleted because they had no valid proof. */
  readonly unproven: number;
}

/**
 * Events on their way. They are written to the ledger before they are sent, and deleted when the bus has
 * accepted them: a bus that does not answer, or a function that dies, delays an event and loses none. An
 * event may come twice, under one id.
 */
export class Outbox {
  readonly #store: ItemStore;
  readonly #table: string;
  readonly #bus: EventBus;
  readonly #proofs: Proofs;

  constructor(store: ItemStore, table: string, bus: EventBus, proofs: Proofs) {
    this.#store = store;
    this.#table = table;
    this.#bus = bus;
    this.#proofs = proofs;
  }

  /** Ledger items that hold the events, to be written together with the items that make the events true. */
  items(cluster: string, run: string, events: readonly AccessEvent[]): Promise<Item[]> {
    const key = (index: number) => `${PREFIX}${run}#${String(index).padStart(4, "0")}`;
    const at = new Date().toISOString();
    const items = packed(events).map((data, index) => ({ pk: cluster, sk: key(index), data, at }));
    return Promise.all(items.map(item => this.#proofs.prove(item)));
  }

  /** Writes the events to the ledger. @throws LedgerError */
  hold(cluster: string, run: string, events: readonly AccessEvent[]): Promise<void> {
    return guardLedger(cluster, "events could not be written to the ledger", async () => {
      for (const item of await this.items(cluster, run, events))
        await this.#store.put({ table: this.#table, item });
    });
  }

  /**
   * Sends the cluster's waiting events. Those in an item without a valid proof are not sent: somebody else
   * may have written them. They wait while the key does not answer. Then an item without any proof waits a
   * day for the container that wrote it meanwhile, which alone sends it; all others are deleted.
   * Never throws: no run fails for its events.
   */
  async send(cluster: string): Promise<SentEvents> {
    const until = Date.now() + SEND_MS;
    let [waiting, unproven] = [0, 0];
    try {
      for (const item of await this.#store.list(this.#table, cluster, PREFIX)) {
        const why = await this.#proofs.checkUnlessOurs(item);
        if (why && mayBeOfAnOutage(why, item)) waiting += 1;
        else if (why) {
          unproven += 1;
          await this.#store.remove(this.#table, cluster, item.sk);
        }
        if (why) continue;
        const events = unpacked(item["data"] as Uint8Array);
        const unsent = await this.#sendUntil(until, events);
        if (unsent.length === 0) await this.#store.remove(this.#table, cluster, item.sk);
        else if (unsent.length < events.length) await this.#putAgain({ ...item, data: packed(unsent)[0]! });
        waiting += unsent.length;
      }
    } catch {
      return { waiting: Math.max(1, waiting), unproven };
    }
    return { waiting, unproven };
  }

  async #putAgain({ proof: _, ...item }: Item): Promise<void> {
    await this.#store.put({ table: this.#table, item: await this.#proofs.prove(item as Item) });
  }

  /** @returns the events that the bus did not accept, and those for which there was no time */
  async #sendUntil(until: number, events: readonly AccessEvent[]): Promise<readonly AccessEvent[]> {
    for (let sent = 0; sent < events.length; sent += EVENTS_AT_ONCE) {
      if (Date.now() > until) return events.slice(sent);
      const next = sent + EVENTS_AT_ONCE;
      const refused = await this.#bus.put(events.slice(sent, next));
      if (refused.length > 0) return [...refused, ...events.slice(next)];
    }
    return [];
  }
}

/** Whether an unproven item may be one that another container wrote while the key did not answer. */
function mayBeOfAnOutage(why: Unproven, { at }: Item): boolean {
  const age = Date.now() - Date.parse(String(at));
  return why === "unknown" || (why === "missing" && Math.abs(age) < UNPROVEN_MS);
}

/** The events in as few items as possible. */
function packed(events: readonly AccessEvent[]): Uint8Array[] {
  if (events.length === 0) return [];
  const bytes = gzipSync(JSON.stringify(events));
  if (bytes.length <= ITEM_BYTES || events.length === 1) return [bytes];
  const half = Math.ceil(events.length / 2);
  return [...packed(events.slice(0, half)), ...packed(events.slice(half))];
}

const unpacked = (bytes: Uint8Array): AccessEvent[] =>
  JSON.parse(gunzipSync(bytes).toString("utf8")) as AccessEvent[];
