import { gunzipSync, gzipSync } from "node:zlib";
import type { AccessEvent } from "../../../core/events/events";
import type { Item, ItemStore } from "../../runtime/item-store";
import { LedgerError } from "../runtime/errors";
import type { EventBus } from "./event-bus";

const PREFIX = "outbox#";
/** Below DynamoDB's 400 KB an item. */
const ITEM_BYTES = 350_000;
/** Sent in one go before what is left is looked at. */
const EVENTS_AT_ONCE = 200;
/** A run is not held up longer than this: what is left then waits for the next one. */
const SEND_MS = 10_000;

/**
 * Events that are on their way. They are written down in the ledger before they are sent, and struck out when the bus has them,
 * so that a bus that does not answer, or a function that dies, delays a message and loses none. An event may come twice, under one id.
 */
export class Outbox {
  constructor(
    private readonly store: ItemStore,
    private readonly table: string,
    private readonly bus: EventBus,
  ) {}

  /** Ledger items that hold the events, to be written with whatever makes them true. */
  items(cluster: string, run: string, events: readonly AccessEvent[]): Item[] {
    return packed(events).map((data, index) => ({
      pk: cluster,
      sk: `${PREFIX}${run}#${String(index).padStart(4, "0")}`,
      data,
    }));
  }

  /** Writes the events down. @throws LedgerError */
  async hold(cluster: string, run: string, events: readonly AccessEvent[]): Promise<void> {
    try {
      for (const item of this.items(cluster, run, events)) await this.store.put({ table: this.table, item });
    } catch (error) {
      throw new LedgerError(
        `${cluster}: events could not be written to the ledger: ${(error as Error).message}`,
        {
          cause: error,
        },
      );
    }
  }

  /** Sends what is held for the cluster. @returns how many events still wait; never throws: a failed message fails no run. */
  async send(cluster: string): Promise<number> {
    const until = Date.now() + SEND_MS;
    let waiting = 0;
    try {
      for (const item of await this.store.list(this.table, cluster, PREFIX)) {
        const events = unpacked(item["data"] as Uint8Array);
        const left = await this.#sendUntil(until, events);
        if (left.length === 0) await this.store.remove(this.table, cluster, item.sk);
        else if (left.length < events.length)
          await this.store.put({ table: this.table, item: { ...item, data: packed(left)[0]! } });
        waiting += left.length;
      }
    } catch {
      return Math.max(1, waiting);
    }
    return waiting;
  }

  /** @returns what the bus did not take, and what there was no time for */
  async #sendUntil(until: number, events: readonly AccessEvent[]): Promise<readonly AccessEvent[]> {
    for (let sent = 0; sent < events.length; sent += EVENTS_AT_ONCE) {
      if (Date.now() > until) return events.slice(sent);
      const refused = await this.bus.put(events.slice(sent, sent + EVENTS_AT_ONCE));
      if (refused.length > 0) return [...refused, ...events.slice(sent + EVENTS_AT_ONCE)];
    }
    return [];
  }
}

/** In as few items as they fit. */
function packed(events: readonly AccessEvent[]): Uint8Array[] {
  if (events.length === 0) return [];
  const bytes = gzipSync(JSON.stringify(events));
  if (bytes.length <= ITEM_BYTES || events.length === 1) return [bytes];
  const half = Math.ceil(events.length / 2);
  return [...packed(events.slice(0, half)), ...packed(events.slice(half))];
}

const unpacked = (bytes: Uint8Array): AccessEvent[] =>
  JSON.parse(gunzipSync(bytes).toString("utf8")) as AccessEvent[];
