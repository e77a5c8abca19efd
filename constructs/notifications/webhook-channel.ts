import type { Construct } from "constructs";
import { assertArn } from "../terraform/assertions";
import { secretStatements } from "../terraform/policy-document";
import { type BoundChannel, type ChannelProps, NotificationChannel } from "./notification-channel";

export interface WebhookChannelProps extends ChannelProps {
  /** The ARN of a secret that holds the incoming webhook's URL, as text or as JSON with `url`. */
  readonly webhookSecretArn: string;
  /**
   * The ARN of the customer's KMS key that encrypts the secret.
   * @default - none
   */
  readonly kmsKeyArn?: string;
}

/**
 * A channel whose messages go to a secret URL.
 *
 * @example
 * const channel: WebhookChannel = new SlackChannel({
 *   webhookSecretArn: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:slack-AbCdEf",
 * });
 */
export abstract class WebhookChannel extends NotificationChannel {
  readonly #kind: "slack" | "teams";
  readonly #props: WebhookChannelProps;

  protected constructor(kind: "slack" | "teams", props: WebhookChannelProps) {
    super(kind, props);
    this.#kind = kind;
    this.#props = props;
  }

  bind(scope: Construct): BoundChannel {
    const { webhookSecretArn, kmsKeyArn } = this.#props;
    assertArn(scope, "webhookSecretArn", webhookSecretArn, "secret");
    assertArn(scope, "kmsKeyArn", kmsKeyArn, "key");
    const channel = { ...this.filter, type: this.#kind, webhookSecretArn };
    this.assertReadable(scope, channel);
    return { channel, statements: secretStatements(webhookSecretArn, kmsKeyArn) };
  }
}
