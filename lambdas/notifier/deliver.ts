import type { AccessEvent } from "../../core/events/events";
import type { Channel, ChannelOf } from "../../core/events/notifications";
import { within } from "../runtime/deadline";
import type { LogFields } from "../runtime/log";
import { deliveryKey } from "./channels/deliveries";
import { mailMessage } from "./channels/mail-message";
import { mailRecipients } from "./channels/mail-recipients";
import { slackMessage } from "./channels/slack-message";
import { teamsMessage } from "./channels/teams-card";
import { topicMessage } from "./channels/topic-message";
import { describeDelivery } from "./describe-delivery";
import { summaryOf } from "./render/summary";
import { type Replacements, renderSubject } from "./render/templates";
import { viewOf } from "./render/view";
import { DeliveryError } from "./runtime/errors";
import type { Call } from "./services";

/** One event to be sent on one channel. */
export interface Delivery {
  readonly event: AccessEvent;
  readonly channel: Channel;
  readonly templates: Replacements;
}

/** One message of a delivery. */
interface Message {
  /** Identifies the message among those of the delivery, to know later that it was sent. */
  readonly recipient: string;
  send(): Promise<void>;
}

/** How many messages were sent, and how many could not be. */
export interface DeliveryReport {
  readonly sent: number;
  readonly failed: number;
}

/**
 * Sends an event's messages on one channel, except those that were sent before. Goes on after a message that
 * fails.
 */
export async function deliver(delivery: Delivery, call: Call): Promise<DeliveryReport> {
  const { channel, event } = delivery;
  const { deliveries, log, now } = call.services;
  const messages = messagesOf(delivery, call);
  if (messages.length === 0) return { sent: 0, failed: 0 };
  const known = await deliveries.sent(event.detail.id, channel.name);
  let [sent, failed] = [0, 0];
  for (const message of messages) {
    const key = deliveryKey(channel.name, message.recipient);
    if (known.has(key)) continue;
    try {
      await sendInTime(message, call);
      sent++;
      await deliveries.record(event.detail.id, key, now());
    } catch (error) {
      failed++;
      log.error("message failed", { ...describeEvent(event, channel), ...describeDelivery(error) });
    }
  }
  return { sent, failed };
}

/** A service that hangs must not use up the time that is reserved for the function's answer. */
async function sendInTime(message: Message, { deadline }: Call): Promise<void> {
  const ms = deadline.left();
  if (ms <= 0) throw new DeliveryError("there was no time left for the message");
  await within(
    ms,
    message.send(),
    () => new DeliveryError("the message was not accepted in the function's time"),
  );
}

/** An event as fields of a log line. */
export const describeEvent = ({ type, detail }: AccessEvent, channel: Channel) =>
  ({
    correlation_id: detail.correlationId,
    event: type,
    event_id: detail.id,
    cluster: detail.cluster,
    channel: channel.name,
    account: "account" in detail ? detail.account : undefined,
  }) satisfies LogFields;

function messagesOf({ channel, event, templates }: Delivery, call: Call): Message[] {
  const chat = () => [renderSubject(viewOf(event)), summaryOf(viewOf(event))] as const;
  switch (channel.type) {
    case "email":
      return mails(event, channel, templates, call);
    case "sns": {
      const send = () => call.services.publish(topicMessage(channel.topicArn, event));
      return [{ recipient: channel.topicArn, send }];
    }
    case "slack":
      return [webhookPost(channel.webhookSecretArn, () => slackMessage(...chat()), call)];
    case "teams":
      return [webhookPost(channel.webhookSecretArn, () => teamsMessage(...chat()), call)];
  }
}

function webhookPost(secretArn: string, payload: () => unknown, { deadline, services }: Call): Message {
  const { postToWebhook, secrets } = services;
  return {
    recipient: secretArn,
    async send() {
      try {
        await postToWebhook(await secrets.webhookUrl(secretArn), payload(), deadline);
      } catch (error) {
        secrets.forget(secretArn);
        throw error;
      }
    },
  };
}

function mails(
  event: AccessEvent,
  channel: ChannelOf<"email">,
  templates: Replacements,
  { deadline, services }: Call,
): Message[] {
  const { openMailTransport, secrets } = services;
  return mailRecipients(event, channel.to).map(recipient => ({
    recipient: recipient.address,
    async send() {
      const message = mailMessage(channel, recipient, templates);
      const send = await openMailTransport(channel.transport, { secrets, deadline });
      await send(message);
    },
  }));
}
