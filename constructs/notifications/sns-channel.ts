import type { Construct } from "constructs";
import { assertArn } from "../terraform/assertions";
import { keyStatements } from "../terraform/policy-document";
import { type BoundChannel, type ChannelProps, NotificationChannel } from "./notification-channel";

export interface SnsChannelProps extends ChannelProps {
  /** The ARN of the topic. */
  readonly topicArn: string;
  /**
   * The ARN of the customer's KMS key that encrypts the topic.
   * @default - none
   */
  readonly kmsKeyArn?: string;
}

/**
 * Messages to an SNS topic, by default about failures and drift.
 *
 * @example
 * new SnsChannel({ topicArn: "arn:aws:sns:eu-west-1:111122223333:on-call" });
 */
export class SnsChannel extends NotificationChannel {
  readonly #props: SnsChannelProps;

  constructor(props: SnsChannelProps) {
    super("sns", props);
    this.#props = props;
  }

  bind(scope: Construct): BoundChannel {
    const { topicArn, kmsKeyArn } = this.#props;
    assertArn(scope, "topicArn", topicArn, "topic");
    assertArn(scope, "kmsKeyArn", kmsKeyArn, "key");
    const channel = { ...this.filter, type: "sns", topicArn } as const;
    this.assertReadable(scope, channel);
    return {
      channel,
      statements: [
        { Action: ["sns:Publish"], Resource: topicArn },
        // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
        ...keyStatements(kmsKeyArn, ["kms:Decrypt", "kms:GenerateDataKey"]),
      ],
    };
  }
}
