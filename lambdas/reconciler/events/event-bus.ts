import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { type AccessEvent, EVENT_SOURCE } from "../../../core/events/events";
import { type Log, silentLog } from "../../runtime/log";

/** Where events go. */
export interface EventBus {
  /** Puts events on the bus. @returns those that it did not take; never throws. */
  put(events: readonly AccessEvent[]): Promise<readonly AccessEvent[]>;
}

/** EventBridge takes ten entries and 256 KB a call. */
const PER_CALL = 10;
const BYTES_PER_CALL = 250_000;
const AT_ONCE = 10;

/** @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
export class EventBridgeBus implements EventBus {
  constructor(
    private readonly client: () => Promise<Pick<EventBridgeClient, "send">>,
    private readonly name: string,
    private readonly log: Pick<Log, "error"> = silentLog,
  ) {}

  async put(events: readonly AccessEvent[]): Promise<readonly AccessEvent[]> {
    const batches = batched(events);
    const refused: AccessEvent[] = [];
    for (let first = 0; first < batches.length; first += AT_ONCE) {
      const results = await Promise.all(
        batches.slice(first, first + AT_ONCE).map(batch => this.#putBatch(batch)),
      );
      refused.push(...results.flat());
      // The bus takes nothing now: the rest waits too.
      if (refused.length > 0) return [...refused, ...batches.slice(first + AT_ONCE).flat()];
    }
    return refused;
  }

  async #putBatch(batch: readonly AccessEvent[]): Promise<readonly AccessEvent[]> {
    const Entries = batch.map(({ type, detail }) => ({
      EventBusName: this.name,
      Source: EVENT_SOURCE,
      DetailType: type,
      Detail: JSON.stringify(detail),
      Time: new Date(detail.time),
    }));
    try {
      const { PutEventsCommand } = await import("@aws-sdk/client-eventbridge");
      const client = await this.client();
      const { Entries: answers = [] } = await client.send(new PutEventsCommand({ Entries }));
      const refused = answers.find(({ ErrorCode }) => ErrorCode !== undefined);
      if (refused) this.#notTaken(`${refused.ErrorCode}: ${refused.ErrorMessage}`);
      return batch.filter((_, index) => answers[index]?.ErrorCode !== undefined);
    } catch (error) {
      this.#notTaken(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
      return batch;
    }
  }

  #notTaken(reason: string): void {
    this.log.error("events rejected by the bus", { bus: this.name, reason });
  }
}

function batched(events: readonly AccessEvent[]): AccessEvent[][] {
  const batches: AccessEvent[][] = [[]];
  let bytes = 0;
  for (const event of events) {
    const size = Buffer.byteLength(JSON.stringify(event));
    const last = batches.at(-1)!;
    if (last.length > 0 && (last.length >= PER_CALL || bytes + size > BYTES_PER_CALL)) {
      batches.push([]);
      bytes = 0;
    }
    batches.at(-1)!.push(event);
    bytes += size;
  }
  return batches.filter(batch => batch.length > 0);
}
