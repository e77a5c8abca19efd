import type { Construct } from "constructs";
import { assertArn } from "../terraform/assert-arn";
import { type BoundChannel, type ChannelProps, NotificationChannel } from "./notification-channel";

export interface SnsChannelProps extends ChannelProps {
  /** The topic, as an ARN. */
  readonly topicArn: string;
  /**
   * The customer's key that the topic is encrypted with, as an ARN.
   * @default - none
   */
  readonly kmsKeyArn?: string;
}

/**
 * Messages to an SNS topic: failures and drift, unless others are asked for.
 *
 * @example
 * new SnsChannel({ topicArn: "arn:aws:sns:eu-west-1:111122223333:on-call" });
 */
export class SnsChannel extends NotificationChannel {
  constructor(private readonly props: SnsChannelProps) {
    super("sns", props);
  }

  bind(scope: Construct): BoundChannel {
    const { topicArn, kmsKeyArn } = this.props;
    assertArn(scope, "topicArn", topicArn);
    if (kmsKeyArn !== undefined) assertArn(scope, "kmsKeyArn", kmsKeyArn);
    const channel = { ...this.filter, type: "sns", topicArn } as const;
    this.assertReadable(scope, channel);
    return {
      channel,
      statements: [
        { Action: ["sns:Publish"], Resource: topicArn },
        // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
        ...(kmsKeyArn === undefined
          ? []
          : [{ Action: ["kms:Decrypt", "kms:GenerateDataKey"], Resource: kmsKeyArn }]),
      ],
    };
  }
}
