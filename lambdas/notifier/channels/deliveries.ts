import { errorName } from "../../runtime/errors";
import { sha256Hex } from "../../runtime/hash";
import type { ItemStore } from "../../runtime/item-store";
import type { Log } from "../../runtime/log";
import { errorFields } from "../runtime/errors";

type DeliveryStore = Pick<ItemStore, "list" | "put">;

/** As long as a queue may keep a message. */
const KEPT_S = 14 * 24 * 60 * 60;

/** The record of sent messages: when a queue delivers an event again, only the missing messages are sent. */
export class Deliveries {
  readonly #store: DeliveryStore;
  readonly #table: string;
  readonly #log: Log;

  constructor(store: DeliveryStore, table: string, log: Log) {
    this.#store = store;
    this.#table = table;
    this.#log = log;
  }

  /**
   * The keys of an event's sent messages. Empty if the table does not answer: a second message is better than
   * none.
   */
  async sent(eventId: string, channel: string): Promise<ReadonlySet<string>> {
    try {
      const items = await this.#store.list(this.#table, eventId, `${channel}#`);
      return new Set(items.map(({ sk }) => sk));
    } catch (error) {
      this.#log.error("deliveries not read", { channel, ...reason(error) });
      return new Set();
    }
  }

  async record(eventId: string, key: string, now: Date): Promise<void> {
    try {
      const ttl = Math.floor(now.getTime() / 1000) + KEPT_S;
      await this.#store.put({ table: this.#table, item: { pk: eventId, sk: key, ttl } });
    } catch (error) {
      this.#log.error("delivery not recorded", { channel: key.split("#")[0], ...reason(error) });
    }
  }
}

/** The key of a message in the record: `<channel>#<SHA-256 of the recipient>`. */
export const deliveryKey = (channel: string, recipient: string): string =>
  `${channel}#${recipientHash(recipient)}`;

export const recipientHash = (recipient: string): string => sha256Hex(recipient.trim().toLowerCase());

const reason = (error: unknown) => ({ ...errorFields(error), name: errorName(error) });
