import { createHash } from "node:crypto";
import { describeError } from "../runtime/errors";
import type { Log } from "../runtime/telemetry";

/** A table whose keys are `pk` and `sk`, as far as it is needed. */
export interface DeliveryStore {
  /** The sort keys of a partition that begin with `prefix`. */
  list(pk: string, prefix: string): Promise<readonly string[]>;
  put(item: { readonly pk: string; readonly sk: string; readonly ttl: number }): Promise<void>;
}

/** As long as a queue may keep a message. */
const KEPT_S = 14 * 24 * 60 * 60;

/** What was sent already, so that a message that comes again, or whose other half failed, sends only what is missing. */
export class Deliveries {
  constructor(
    private readonly store: DeliveryStore,
    private readonly log: Log,
  ) {}

  /** Who has an event's message already, by key. None where the table does not answer: better twice than never. */
  async sent(eventId: string, channel: string): Promise<ReadonlySet<string>> {
    try {
      return new Set(await this.store.list(eventId, `${channel}#`));
    } catch (error) {
      this.log.error("deliveries not read", { channel, ...reason(error) });
      return new Set();
    }
  }

  async record(eventId: string, key: string, now: Date): Promise<void> {
    try {
      await this.store.put({ pk: eventId, sk: key, ttl: Math.floor(now.getTime() / 1000) + KEPT_S });
    } catch (error) {
      this.log.error("delivery not recorded", { channel: key.split("#")[0], ...reason(error) });
    }
  }
}

/** Where it is kept that a recipient of a channel has a message: `<channel>#<SHA-256 of the recipient>`. */
export const deliveryKey = (channel: string, recipient: string): string =>
  `${channel}#${recipientHash(recipient)}`;

export const recipientHash = (recipient: string): string =>
  createHash("sha256").update(recipient.trim().toLowerCase()).digest("hex");

const reason = (error: unknown) => ({
  ...describeError(error),
  name: error instanceof Error ? error.name : undefined,
});
