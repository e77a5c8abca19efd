import type { LocalClock } from "../lambda/local-clock";
import { sleep } from "../process/child-process";
import { reportError } from "../process/report-error";
import type { EventSourceMapping, EventSourceMappings } from "./event-source-mappings";
import type { InvokeFunction } from "./invoke-function";
import { queueUrl, type ServiceCaller } from "./service-caller";
import { type ReceivedMessage, reportedFailures, sqsEvent } from "./sqs-event";

/** How long to wait for a hint before the queue is polled without one. */
const IDLE_MS = 1_000;
/** How many batches of one mapping are processed at the same time. Lambda begins with five. */
const BATCHES_AT_ONCE = 2;
const DEFAULT_RETRY_MS = 200;

export interface QueuePumpOptions {
  readonly mappings: EventSourceMappings;
  readonly caller: ServiceCaller;
  readonly clock: LocalClock;
  readonly invoke: InvokeFunction;
  /** Is called with each batch that was received. */
  readonly received: (queueArn: string, messages: readonly ReceivedMessage[]) => void;
}

/**
 * Delivers the messages of mapped queues to their functions, as Lambda's pollers do:
 *
 * - A message that was processed is deleted.
 * - A message that failed becomes visible again after `retryMs` (not after the queue's visibility timeout),
 *   until the queue's redrive policy removes it.
 * - There is no batching window: a batch is all visible messages, up to the batch size.
 */
export class QueuePump {
  retryMs: number | "visibility-timeout" = DEFAULT_RETRY_MS;
  /** How many batches were begun so far. */
  begun = 0;
  /** How many batches are in work or wait for their retry. */
  busy = 0;
  readonly #options: QueuePumpOptions;
  readonly #served = new Set<string>();
  #hints = 0;
  #hinted: (() => void)[] = [];
  #stopped = false;

  constructor(options: QueuePumpOptions) {
    this.#options = options;
  }

  /** Call it when queues may hold new messages, or when mappings changed. */
  hint(): void {
    this.#hints++;
    for (const wake of this.#hinted.splice(0)) wake();
    if (this.#stopped) return;
    for (const { UUID: id } of this.#options.mappings.enabled) {
      if (this.#served.has(id)) continue;
      this.#served.add(id);
      void this.#serve(id).finally(() => this.#served.delete(id));
    }
  }

  /** How many messages each mapped queue holds. Deleted queues hold none. */
  async holdings(): Promise<ReadonlyMap<string, number>> {
    const queues = [...new Set(this.#options.mappings.enabled.map(mapping => mapping.EventSourceArn))];
    const counts = await Promise.all(queues.map(queue => this.#count(queue)));
    return new Map(queues.map((queue, index) => [queue, counts[index]!]));
  }

  reset(): void {
    this.retryMs = DEFAULT_RETRY_MS;
    this.hint();
  }

  stop(): void {
    this.#stopped = true;
    this.hint();
  }

  /** One mapping's poller; ends when the mapping is disabled or deleted. */
  async #serve(id: string): Promise<void> {
    const working = new Set<Promise<void>>();
    for (;;) {
      const mapping = this.#options.mappings.get(id);
      if (this.#stopped || mapping?.State !== "Enabled") return;
      const most = Math.min(BATCHES_AT_ONCE, mapping.ScalingConfig?.MaximumConcurrency ?? BATCHES_AT_ONCE);
      if (working.size >= most) await Promise.race(working);
      const hints = this.#hints;
      this.busy++;
      const batch = await this.#receive(mapping);
      if (batch.length === 0) {
        this.busy--;
        if (hints === this.#hints) await this.#nextHint();
        continue;
      }
      this.begun++;
      const work = this.#work(mapping, batch)
        .catch((error: Error) => {
          if (!this.#stopped) reportError("queue-pump", error);
        })
        .finally(() => {
          this.busy--;
          working.delete(work);
        });
      working.add(work);
    }
  }

  async #work(mapping: EventSourceMapping, batch: readonly ReceivedMessage[]): Promise<void> {
    const ids = batch.map(message => message.MessageId);
    const failed = await this.#options
      .invoke(mapping.FunctionArn, sqsEvent(batch, mapping.EventSourceArn, this.#options.clock.offsetMs))
      .then(
        ({ functionError, result }) => {
          if (functionError) return ids;
          return mapping.FunctionResponseTypes.includes("ReportBatchItemFailures")
            ? reportedFailures(result, ids)
            : [];
        },
        () => ids,
      );
    const QueueUrl = queueUrl(mapping.EventSourceArn);
    for (const { MessageId, ReceiptHandle } of batch) {
      if (!failed.includes(MessageId))
        await this.#options.caller.call("sqs", "DeleteMessage", { QueueUrl, ReceiptHandle });
    }
    if (failed.length === 0 || this.retryMs === "visibility-timeout") return;
    await sleep(this.retryMs);
    for (const { MessageId, ReceiptHandle } of batch) {
      if (this.#stopped || !failed.includes(MessageId)) continue;
      await this.#options.caller.call("sqs", "ChangeMessageVisibility", {
        QueueUrl,
        ReceiptHandle,
        VisibilityTimeout: 0,
      });
    }
    this.hint();
  }

  async #receive({ EventSourceArn, BatchSize }: EventSourceMapping): Promise<readonly ReceivedMessage[]> {
    const batch: ReceivedMessage[] = [];
    const attributes = { AttributeNames: ["All"], MessageAttributeNames: ["All"] };
    while (batch.length < BatchSize) {
      const MaxNumberOfMessages = Math.min(10, BatchSize - batch.length);
      const input = {
        QueueUrl: queueUrl(EventSourceArn),
        MaxNumberOfMessages,
        WaitTimeSeconds: 0,
        ...attributes,
      };
      const { Messages = [] } = await this.#options.caller
        .call<{ Messages?: readonly ReceivedMessage[] }>("sqs", "ReceiveMessage", input)
        // The queue was deleted, or a test set a fault. Lambda keeps trying as well.
        .catch(() => ({ Messages: [] }));
      batch.push(...Messages);
      if (Messages.length < MaxNumberOfMessages) break;
    }
    this.#options.received(EventSourceArn, batch);
    return batch;
  }

  async #count(queue: string): Promise<number> {
    const AttributeNames = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
    const input = { QueueUrl: queueUrl(queue), AttributeNames };
    const { Attributes } = await this.#options.caller
      .call<{ Attributes: Readonly<Record<string, string>> }>("sqs", "GetQueueAttributes", input, {
        quiet: true,
      })
      .catch(() => ({ Attributes: {} as Readonly<Record<string, string>> }));
    return AttributeNames.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
  }

  #nextHint(): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, IDLE_MS).unref();
      this.#hinted.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
