import { WebhookChannel, type WebhookChannelProps } from "./webhook-channel";

export interface TeamsChannelProps extends WebhookChannelProps {}

/**
 * Messages to a channel of Microsoft Teams, through the webhook of a workflow. By default one for each run
 * that changed something, failed, or found drift.
 *
 * @example
 * new TeamsChannel({
 *   webhookSecretArn: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:teams-AbCdEf",
 * });
 *
 * @see
 * https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook
 */
export class TeamsChannel extends WebhookChannel {
  constructor(props: TeamsChannelProps) {
    super("teams", props);
  }
}
