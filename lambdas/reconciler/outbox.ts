import type { AccessEvent } from "../../core/events";
import { canonicalJson, type Json } from "../../core/json";
import { LedgerError } from "./errors";
import type { EventBus } from "./event-bus";
import type { Item, ItemStore } from "./item-store";

const PREFIX = "outbox#";
/** Below DynamoDB's 400 KB an item. */
const PART_BYTES = 300_000;
const EVENTS_A_PART = 100;

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
    return parts(events).map((part, index) => ({
      pk: cluster,
      sk: `${PREFIX}${run}#${String(index).padStart(4, "0")}`,
      events: part as unknown as Json,
    }));
  }

  /** Writes the events down. @throws LedgerError */
  async hold(cluster: string, run: string, events: readonly AccessEvent[]): Promise<void> {
    try {
      for (const item of this.items(cluster, run, events)) await this.store.put({ table: this.table, item });
    } catch (error) {
      throw new LedgerError(`${cluster}: events could not be written to the ledger: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }

  /** Sends what is held for the cluster. @returns how many events still wait; never throws: a failed message fails no run. */
  async send(cluster: string): Promise<number> {
    let waiting = 0;
    try {
      for (const item of await this.store.list(this.table, cluster, PREFIX)) {
        const events = item["events"] as unknown as AccessEvent[];
        const refused = await this.bus.put(events);
        if (refused.length === 0) await this.store.remove(this.table, cluster, item.sk);
        else if (refused.length < events.length)
          await this.store.put({ table: this.table, item: { ...item, events: refused as unknown as Json } });
        waiting += refused.length;
      }
    } catch {
      return Math.max(1, waiting);
    }
    return waiting;
  }
}

function parts(events: readonly AccessEvent[]): AccessEvent[][] {
  const all: AccessEvent[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const event of events) {
    const size = Buffer.byteLength(canonicalJson(event as unknown as Json));
    if (bytes + size > PART_BYTES || all.at(-1)!.length >= EVENTS_A_PART) {
      all.push([]);
      bytes = 0;
    }
    all.at(-1)!.push(event);
    bytes += size;
  }
  return all;
}
