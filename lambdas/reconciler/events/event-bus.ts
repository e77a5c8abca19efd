import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { type AccessEvent, EVENT_SOURCE } from "../../../core/events/events";
import { jsonBytes, splitList } from "../../../core/split-list";
import { errorText } from "../../runtime/errors";
import { type Log, silentLog } from "../../runtime/log";

/** The bus that events go to. */
export interface EventBus {
  /** Puts events on the bus. @returns those that it did not accept; never throws */
  put(events: readonly AccessEvent[]): Promise<readonly AccessEvent[]>;
}

/** EventBridge accepts ten entries and 256 KB in one call. */
const CALL_LIMITS = { items: 10, bytes: 250_000 };
const CALLS_AT_ONCE = 10;

type Client = () => Promise<Pick<EventBridgeClient, "send">>;

/** @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
export class EventBridgeBus implements EventBus {
  readonly #client: Client;
  readonly #name: string;
  readonly #log: Pick<Log, "error">;

  constructor(client: Client, name: string, log: Pick<Log, "error"> = silentLog) {
    this.#client = client;
    this.#name = name;
    this.#log = log;
  }

  async put(events: readonly AccessEvent[]): Promise<readonly AccessEvent[]> {
    const batches = splitList(events, CALL_LIMITS, jsonBytes);
    for (let first = 0; first < batches.length; first += CALLS_AT_ONCE) {
      const next = first + CALLS_AT_ONCE;
      const results = await Promise.all(batches.slice(first, next).map(batch => this.#putBatch(batch)));
      const refused = results.flat();
      // While the bus refuses events, the remaining ones wait too.
      if (refused.length > 0) return [...refused, ...batches.slice(next).flat()];
    }
    return [];
  }

  async #putBatch(batch: readonly AccessEvent[]): Promise<readonly AccessEvent[]> {
    const Entries = batch.map(({ type, detail }) => ({
      EventBusName: this.#name,
      Source: EVENT_SOURCE,
      DetailType: type,
      Detail: JSON.stringify(detail),
      Time: new Date(detail.time),
    }));
    try {
      const { PutEventsCommand } = await import("@aws-sdk/client-eventbridge");
      const client = await this.#client();
      const { Entries: answers = [] } = await client.send(new PutEventsCommand({ Entries }));
      const refused = answers.find(({ ErrorCode }) => ErrorCode !== undefined);
      if (refused) this.#logRejected(`${refused.ErrorCode}: ${refused.ErrorMessage}`);
      return batch.filter((_, index) => answers[index]?.ErrorCode !== undefined);
    } catch (error) {
      this.#logRejected(errorText(error));
      return batch;
    }
  }

  #logRejected(reason: string): void {
    this.#log.error("events rejected by the bus", { bus: this.#name, reason });
  }
}
