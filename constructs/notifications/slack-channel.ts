import { WebhookChannel, type WebhookChannelProps } from "./webhook-channel";

export interface SlackChannelProps extends WebhookChannelProps {}

/**
 * Messages to a Slack channel, through an incoming webhook. By default one for each run that changed
 * something, failed, or found drift.
 *
 * @example
 * new SlackChannel({
 *   webhookSecretArn: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:slack-AbCdEf",
 * });
 *
 * @see https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
 */
export class SlackChannel extends WebhookChannel {
  constructor(props: SlackChannelProps) {
    super("slack", props);
  }
}
