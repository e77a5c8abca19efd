import type { AccessEvent } from "../../core/events/events";
import type { Channel, ChannelOf } from "../../core/events/notifications";
import { within } from "../runtime/deadline";
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

/** One message that a channel owes somebody. */
interface Due {
  /** By what it is known again that it was sent. */
  readonly recipient: string;
  send(): Promise<void>;
}

export interface DeliveryReport {
  readonly sent: number;
  readonly failed: number;
}

/** Sends an event's messages on one channel, but for those that were sent before; one that fails does not hold up the others. */
export async function deliver(
  event: AccessEvent,
  channel: Channel,
  templates: Replacements,
  call: Call,
): Promise<DeliveryReport> {
  const { deliveries, log, now } = call.services;
  const due = await messagesOf(event, channel, templates, call);
  if (due.length === 0) return { sent: 0, failed: 0 };
  const known = await deliveries.sent(event.detail.id, channel.name);
  let [sent, failed] = [0, 0];
  for (const { recipient, send } of due) {
    const key = deliveryKey(channel.name, recipient);
    if (known.has(key)) continue;
    try {
      await inTime(call, send);
      sent++;
      await deliveries.record(event.detail.id, key, now());
    } catch (error) {
      failed++;
      log.error("message failed", { ...describeEvent(event, channel), ...describeDelivery(error) });
    }
  }
  return { sent, failed };
}

/** A service that hangs must not take the time in which it is said what has to come again. */
async function inTime({ deadline }: Call, work: () => Promise<void>): Promise<void> {
  const ms = deadline.left();
  if (ms <= 0) throw new DeliveryError("there was no time left for it");
  await within(ms, work(), () => new DeliveryError("it was not taken in the function's time"));
}

/** What log lines say of an event. */
export const describeEvent = (event: AccessEvent, channel: Channel) => ({
  ...{ correlation_id: event.detail.correlationId, event: event.type, event_id: event.detail.id },
  ...{ cluster: event.detail.cluster, channel: channel.name },
  ...("account" in event.detail ? { account: event.detail.account } : {}),
});

async function messagesOf(
  event: AccessEvent,
  channel: Channel,
  templates: Replacements,
  call: Call,
): Promise<Due[]> {
  const { postToWebhook, publish, secrets } = call.services;
  const view = () => viewOf(event);
  const webhook = (secretArn: string, payload: () => unknown): Due[] => [
    {
      recipient: secretArn,
      async send() {
        try {
          await postToWebhook(await secrets.webhookUrl(secretArn), payload(), call.deadline);
        } catch (error) {
          secrets.forget(secretArn);
          throw error;
        }
      },
    },
  ];
  switch (channel.type) {
    case "email":
      return mails(event, channel, templates, call);
    case "sns":
      return [{ recipient: channel.topicArn, send: () => publish(topicMessage(channel.topicArn, event)) }];
    case "slack":
      return webhook(channel.webhookSecretArn, () => slackMessage(renderSubject(view()), summaryOf(view())));
    case "teams":
      return webhook(channel.webhookSecretArn, () => teamsMessage(renderSubject(view()), summaryOf(view())));
  }
}

function mails(event: AccessEvent, channel: ChannelOf<"email">, templates: Replacements, call: Call): Due[] {
  const { openMailTransport, secrets } = call.services;
  return mailRecipients(event, channel.to).map(recipient => ({
    recipient: recipient.address,
    async send() {
      const message = mailMessage(channel, recipient, templates);
      const send = await openMailTransport(channel.transport, { secrets, deadline: call.deadline });
      await send(message);
    },
  }));
}
