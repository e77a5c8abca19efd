import type { SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import type { Channel } from "../../core/events/notifications";
import type { InvocationContext } from "../runtime/call";
import { deadlineOf } from "../runtime/deadline";
import { deliver, describeEvent } from "./deliver";
import { readEvent } from "./read-event";
import { errorFields } from "./runtime/errors";
import type { Call, Services } from "./services";

export type Handler = (event: SQSEvent, context: InvocationContext) => Promise<SQSBatchResponse>;

/** The time that is reserved for the answer: which messages must come again. */
const RESERVE_MS = 3_000;

/**
 * Sends the messages of a channel's queue. The answer holds the ids of those that could not be sent: the
 * queue keeps them, delivers them again, and in the end moves them to the dead-letter queue.
 */
export const notifyHandler =
  (services: Services): Handler =>
  async ({ Records }, context) => {
    const remaining = () => context.getRemainingTimeInMillis();
    const call: Call = { services, deadline: deadlineOf(remaining, Math.min(RESERVE_MS, remaining() / 4)) };
    const batchItemFailures: SQSBatchResponse["batchItemFailures"] = [];
    for (const record of Records) {
      if (!(await isDone(record, call))) batchItemFailures.push({ itemIdentifier: record.messageId });
    }
    return { batchItemFailures };
  };

/** Sends one message. @returns whether the queue may delete it */
async function isDone(record: SQSRecord, call: Call): Promise<boolean> {
  const { configurations, log, metrics, trace } = call.services;
  const queue = record.eventSourceARN.split(":").at(-1) ?? "";
  let known: { readonly service: string; readonly channel: Channel } | undefined;
  try {
    const { service, channel, templates } = await configurations.channelOf(queue);
    known = { service, channel };
    log.serviceIs(service);
    const event = readEvent(record.body);
    const about = describeEvent(event, channel);
    if (!wants(channel, event.type, event.detail.cluster)) {
      log.debug("not wanted", about);
      return true;
    }
    const { cluster, correlation_id } = about;
    const annotations = { channel: channel.name, event: event.type, cluster, correlation_id };
    const delivery = { event, channel, templates };
    const { sent, failed } = await trace("deliver", annotations, () => deliver(delivery, call));
    if (sent > 0) metrics(service).emit(channel.name, { MessagesSent: sent });
    if (failed > 0) metrics(service).emit(channel.name, { MessageFailures: failed });
    if (failed === 0) log.info(sent > 0 ? "sent" : "nothing to send", { ...about, sent });
    return failed === 0;
  } catch (error) {
    log.error("message refused", { queue, message_id: record.messageId, ...errorFields(error) });
    if (known) metrics(known.service).emit(known.channel.name, { MessageFailures: 1 });
    return false;
  }
}

const wants = ({ events, clusters }: Channel, type: Channel["events"][number], cluster: string): boolean =>
  events.includes(type) && (clusters === undefined || clusters.includes(cluster));
