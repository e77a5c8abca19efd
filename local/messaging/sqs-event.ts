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
 * The event that Lambda makes of a batch of messages.
 *
 * @param offsetMs what the functions' time is ahead of real time, which moto stamps messages with
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
 */
export function sqsEvent(messages: readonly ReceivedMessage[], queueArn: string, offsetMs: number): object {
  const shifted = (stamp: string | undefined) => String(Number(stamp) + offsetMs);
  return {
    Records: messages.map(
      ({ MessageId, ReceiptHandle, Body, MD5OfBody, Attributes = {}, MessageAttributes = {} }) => ({
        ...{ messageId: MessageId, receiptHandle: ReceiptHandle, body: Body },
        attributes: {
          ...Attributes,
          SentTimestamp: shifted(Attributes["SentTimestamp"]),
          ApproximateFirstReceiveTimestamp: shifted(Attributes["ApproximateFirstReceiveTimestamp"]),
        },
        messageAttributes: Object.fromEntries(
          Object.entries(MessageAttributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
            name,
            {
              ...(StringValue === undefined ? {} : { stringValue: StringValue }),
              ...(BinaryValue === undefined ? {} : { binaryValue: BinaryValue }),
              ...{ stringListValues: [], binaryListValues: [], dataType: DataType },
            },
          ]),
        ),
        ...{
          md5OfBody: MD5OfBody,
          eventSource: "aws:sqs",
          eventSourceARN: queueArn,
          awsRegion: queueArn.split(":")[3],
        },
      }),
    ),
  };
}

/**
 * Which messages of a batch failed, by the result of a function that reports it: none when the list is empty or absent, all
 * when the report makes no sense.
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
