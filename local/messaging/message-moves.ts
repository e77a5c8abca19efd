import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";

import { defined } from "../../core/json";
import { answerError, answerJson, Refusal } from "../aws-http/aws-answer";
import type { AwsRequest } from "../aws-http/aws-request";
import { queueArn, queueUrl, type ServiceCaller } from "./service-caller";
import type { ReceivedMessage } from "./sqs-event";

interface MoveTask {
  readonly TaskHandle?: string;
  readonly Status: "COMPLETED" | "FAILED";
  readonly SourceArn: string;
  readonly DestinationArn?: string;
  readonly MaxNumberOfMessagesPerSecond?: number;
  readonly ApproximateNumberOfMessagesMoved: number;
  readonly ApproximateNumberOfMessagesToMove: number;
  readonly StartedTimestamp: number;
  readonly FailureReason?: string;
}

interface Input {
  readonly SourceArn?: string;
  readonly DestinationArn?: string;
  readonly MaxResults?: number;
}

const OPERATIONS = ["StartMessageMoveTask", "ListMessageMoveTasks", "CancelMessageMoveTask"];

/**
 * SQS's redrive of dead letters, which moto lacks. A task ends before its start is answered, so no task can
 * be cancelled.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
 */
export class MessageMoves {
  readonly #tasks: MoveTask[] = [];
  /**
   * The queue from which each message was first received. A message keeps its id in the dead-letter queue.
   */
  readonly #origins = new Map<string, string>();

  readonly #caller: ServiceCaller;
  readonly #moved: () => void;

  constructor(caller: ServiceCaller, moved: () => void) {
    this.#caller = caller;
    this.#moved = moved;
  }

  static accepts({ service, operation }: AwsRequest): boolean {
    return service === "sqs" && OPERATIONS.includes(operation);
  }

  /** Records from which queue messages were received. */
  received(queue: string, messages: readonly Pick<ReceivedMessage, "MessageId">[]): void {
    for (const { MessageId } of messages)
      if (!this.#origins.has(MessageId)) this.#origins.set(MessageId, queue);
  }

  clear(): void {
    this.#tasks.length = 0;
    this.#origins.clear();
  }

  async answer({ operation, body }: AwsRequest, response: ServerResponse | undefined): Promise<void> {
    try {
      answerJson(response, 200, await this.#answer(operation, (body ?? {}) as Input));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      answerError(response, error.status, error.type, error.message);
    }
  }

  async #answer(
    operation: string,
    { SourceArn = "", DestinationArn, MaxResults = 1 }: Input,
  ): Promise<object> {
    if (operation === "CancelMessageMoveTask")
      throw new Refusal(
        404,
        "ResourceNotFoundException",
        "There is no active message movement task with this handle.",
      );
    if (operation === "ListMessageMoveTasks") {
      const tasks = this.#tasks.filter(task => task.SourceArn === SourceArn);
      // As on AWS, only a task that runs shows its handle.
      return { Results: tasks.slice(-MaxResults).reverse() };
    }
    for (const arn of [SourceArn, ...(DestinationArn ? [DestinationArn] : [])]) {
      if (!(await this.#count(arn)))
        throw new Refusal(
          404,
          "ResourceNotFoundException",
          "The resource that you specified for the SourceArn parameter doesn't exist.",
        );
    }
    const { queueUrls: urls = [] } = await this.#caller.call<{ queueUrls?: readonly string[] }>(
      ...(["sqs", "ListDeadLetterSourceQueues", { QueueUrl: queueUrl(SourceArn) }] as const),
    );
    if (urls.length === 0)
      throw new Refusal(
        400,
        "InvalidParameterValue",
        "Source queue must be configured as a Dead Letter Queue.",
      );
    this.#tasks.push(await this.#run(SourceArn, DestinationArn, new Set(urls.map(queueArn))));
    this.#moved();
    return {
      TaskHandle: Buffer.from(JSON.stringify({ taskId: randomUUID(), sourceArn: SourceArn })).toString(
        "base64",
      ),
    };
  }

  /**
   * Moves the messages that the queue holds now. Messages that arrive during the move remain for the next
   * task.
   */
  async #run(
    source: string,
    destination: string | undefined,
    feeders: ReadonlySet<string>,
  ): Promise<MoveTask> {
    const { visible: total } = (await this.#count(source))!;
    const QueueUrl = queueUrl(source);
    let moved = 0;
    const unknownOrigin: string[] = [];
    while (moved + unknownOrigin.length < total) {
      const input = { QueueUrl, MaxNumberOfMessages: 1, WaitTimeSeconds: 0, MessageAttributeNames: ["All"] };
      const { Messages: [message] = [] } = await this.#caller.call<{ Messages?: readonly ReceivedMessage[] }>(
        "sqs",
        "ReceiveMessage",
        input,
      );
      if (!message) break;
      const { MessageId, ReceiptHandle, Body: MessageBody, MessageAttributes } = message;
      const origin = this.#origins.get(MessageId);
      const to = destination ?? (origin !== undefined && feeders.has(origin) ? origin : undefined);
      if (to === undefined) {
        unknownOrigin.push(ReceiptHandle);
        continue;
      }
      const copy = defined({ QueueUrl: queueUrl(to), MessageBody, MessageAttributes });
      await this.#caller.call("sqs", "SendMessage", copy);
      await this.#caller.call("sqs", "DeleteMessage", { QueueUrl, ReceiptHandle });
      moved++;
    }
    for (const ReceiptHandle of unknownOrigin)
      await this.#caller.call("sqs", "ChangeMessageVisibility", {
        QueueUrl,
        ReceiptHandle,
        VisibilityTimeout: 0,
      });
    const isFailed = unknownOrigin.length > 0;
    return defined({
      Status: isFailed ? ("FAILED" as const) : ("COMPLETED" as const),
      SourceArn: source,
      StartedTimestamp: Date.now(),
      ApproximateNumberOfMessagesMoved: moved,
      ApproximateNumberOfMessagesToMove: total,
      DestinationArn: destination,
      FailureReason: isFailed ? "CouldNotDetermineMessageSource" : undefined,
    });
  }

  async #count(arn: string): Promise<{ visible: number } | undefined> {
    const input = { QueueUrl: queueUrl(arn), AttributeNames: ["ApproximateNumberOfMessages"] };
    const found = await this.#caller
      .call<{ Attributes: Readonly<Record<string, string>> }>("sqs", "GetQueueAttributes", input, {
        quiet: true,
      })
      .catch(() => undefined);
    return found && { visible: Number(found.Attributes["ApproximateNumberOfMessages"]) };
  }
}
