import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue";
import type { ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";
import { encodeName, resource } from "../terraform/address";
import { arnOf } from "../terraform/arn";
import { claimName } from "../terraform/claimed-names";
import { policyDocument } from "../terraform/policy-document";

export interface QueueProps {
  readonly name: string;
  /**
   * How long a message is kept, in seconds.
   * @default - 14 days
   */
  readonly retention?: number;
  /**
   * How long a message stays hidden after a consumer received it, in seconds.
   * @default - the default of SQS; right for a queue that no function empties
   */
  readonly visibilityTimeout?: number;
  /**
   * The dead-letter queue, and the number of failed attempts after which a message moves there. SQS requires
   * that the queue exists.
   * @default - none
   */
  readonly redrive?: { readonly queue: Pick<SqsQueue, "arn">; readonly attempts: number };
  /**
   * The EventBridge rules that may send messages: the part of each ARN after `rule/`. `*` matches any text.
   * @default - none
   */
  readonly rules?: readonly string[];
  readonly tags?: Record<string, string> | undefined;
  /** What must exist before the queue. @default - nothing that it does not refer to */
  readonly dependsOn?: readonly ITerraformDependable[];
}

const FOURTEEN_DAYS = 1_209_600;

/**
 * Makes an encrypted queue. Its policies are attributes of the queue: as resources of their own, each would
 * make the provider wait for another half a minute.
 */
export function queue(scope: Construct, id: string, props: QueueProps): SqsQueue {
  const { name, rules = [], redrive, visibilityTimeout, retention = FOURTEEN_DAYS, tags } = props;
  const { dependsOn } = props;
  claimName(scope, "queue", name);
  return resource(SqsQueue, scope, id, {
    logicalId: encodeName(name),
    name,
    messageRetentionSeconds: retention,
    sqsManagedSseEnabled: true,
    visibilityTimeoutSeconds: visibilityTimeout,
    redrivePolicy:
      redrive &&
      JSON.stringify({ deadLetterTargetArn: redrive.queue.arn, maxReceiveCount: redrive.attempts }),
    policy: rules.length === 0 ? undefined : sendPolicy(scope, name, rules),
    tags,
    ...(dependsOn && { dependsOn: [...dependsOn] }),
  });
}

const sendPolicy = (scope: Construct, queueName: string, rules: readonly string[]): string =>
  policyDocument([
    {
      Principal: { Service: "events.amazonaws.com" },
      Action: "sqs:SendMessage",
      Resource: arnOf(scope, "sqs", queueName),
      Condition: { ArnLike: { "aws:SourceArn": rules.map(rule => arnOf(scope, "events", `rule/${rule}`)) } },
    },
  ]);
