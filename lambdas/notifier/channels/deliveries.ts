import { errorName } from "../../runtime/errors";
import { sha256Hex } from "../../runtime/hash";
import type { ItemStore } from "../../runtime/item-store";
import type { Log } from "../../runtime/log";
import { errorFields } from "../runtime/errors";

/** As long as a queue may keep a message. */
const KEPT_S = 14 * 24 * 60 * 60;

/** What was sent already, so that a message that comes again, or whose other half failed, sends only what is missing. */
export class Deliveries {
  readonly #store: Pick<ItemStore, "list" | "put">;
  readonly #table: string;
  readonly #log: Log;

  constructor(store: Pick<ItemStore, "list" | "put">, table: string, log: Log) {
    this.#store = store;
    this.#table = table;
    this.#log = log;
  }

  /** Who has an event's message already, by key. None where the table does not answer: better twice than never. */
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

/** Where it is kept that a recipient of a channel has a message: `<channel>#<SHA-256 of the recipient>`. */
export const deliveryKey = (channel: string, recipient: string): string =>
  `${channel}#${recipientHash(recipient)}`;

export const recipientHash = (recipient: string): string => sha256Hex(recipient.trim().toLowerCase());

const reason = (error: unknown) => ({
  ...errorFields(error),
  name: errorName(error),
});
