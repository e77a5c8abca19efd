import { defined } from "../../core/json";

/** A message as ReceiveMessage gives it. */
export interface ReceivedMessage {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Body: string;
  readonly MD5OfBody: string;
  readonly Attributes?: Readonly<Record<string, string>>;
  readonly MessageAttributes?: Readonly<Record<string, MessageAttribute>>;
}

interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: string;
}

/**
 * The event with which Lambda calls a function for a batch of messages.
 *
 * @param offsetMs how far the functions' clock is ahead of real time, in ms. Moto's timestamps are real time
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
 */
export function sqsEvent(messages: readonly ReceivedMessage[], queueArn: string, offsetMs: number): object {
  const shifted = (stamp: string | undefined) => String(Number(stamp) + offsetMs);
  const record = (message: ReceivedMessage) => {
    const { MessageId, ReceiptHandle, Body, MD5OfBody, Attributes = {}, MessageAttributes = {} } = message;
    return {
      messageId: MessageId,
      receiptHandle: ReceiptHandle,
      body: Body,
      attributes: {
        ...Attributes,
        SentTimestamp: shifted(Attributes["SentTimestamp"]),
        ApproximateFirstReceiveTimestamp: shifted(Attributes["ApproximateFirstReceiveTimestamp"]),
      },
      messageAttributes: Object.fromEntries(
        Object.entries(MessageAttributes).map(([name, attribute]) => [name, recordAttribute(attribute)]),
      ),
      md5OfBody: MD5OfBody,
      eventSource: "aws:sqs",
      eventSourceARN: queueArn,
      awsRegion: queueArn.split(":")[3],
    };
  };
  return { Records: messages.map(record) };
}

const recordAttribute = ({ DataType, StringValue, BinaryValue }: MessageAttribute) =>
  defined({
    stringValue: StringValue,
    binaryValue: BinaryValue,
    stringListValues: [],
    binaryListValues: [],
    dataType: DataType,
  });

/**
 * Which messages of a batch failed, according to the function's result: none when the list is empty or
 * absent, all when the result is malformed.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export function reportedFailures(result: unknown, ids: readonly string[]): readonly string[] {
  if (result === null || result === undefined) return [];
  if (typeof result !== "object") return ids;
  const { batchItemFailures = [] } = result as { batchItemFailures?: unknown };
  if (batchItemFailures === null) return [];
  if (!Array.isArray(batchItemFailures)) return ids;
  const failed = batchItemFailures.map(
    (item: unknown) => (item as { itemIdentifier?: unknown } | null)?.itemIdentifier,
  );
  return failed.every(id => typeof id === "string" && ids.includes(id)) ? (failed as string[]) : ids;
}
