import type { Construct } from "constructs";
import { assertArn } from "../terraform/assert-arn";
import { type BoundChannel, type ChannelProps, NotificationChannel } from "./notification-channel";

export interface WebhookChannelProps extends ChannelProps {
  /** A secret that is the incoming webhook's URL, or JSON with `url`; by its ARN. */
  readonly webhookSecretArn: string;
  /**
   * The customer's key that the secret is encrypted with, as an ARN.
   * @default - none
   */
  readonly kmsKeyArn?: string;
}

/** A channel whose messages go to a URL that is secret. */
export abstract class WebhookChannel extends NotificationChannel {
  protected constructor(
    private readonly webhook: "slack" | "teams",
    private readonly props: WebhookChannelProps,
  ) {
    super(webhook, props);
  }

  bind(scope: Construct): BoundChannel {
    const { webhookSecretArn, kmsKeyArn } = this.props;
    assertArn(scope, "webhookSecretArn", webhookSecretArn);
    if (kmsKeyArn !== undefined) assertArn(scope, "kmsKeyArn", kmsKeyArn);
    const channel = { ...this.filter, type: this.webhook, webhookSecretArn };
    this.assertReadable(scope, channel);
    return {
      channel,
      statements: [
        { Action: ["secretsmanager:GetSecretValue"], Resource: webhookSecretArn },
        ...(kmsKeyArn === undefined ? [] : [{ Action: ["kms:Decrypt"], Resource: kmsKeyArn }]),
      ],
    };
  }
}
