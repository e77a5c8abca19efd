import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue";
import type { Construct } from "constructs";
import { encodeName } from "../terraform/address";
import { arnOf } from "../terraform/arn";
import { claimName } from "../terraform/claimed-names";

export interface QueueProps {
  readonly name: string;
  /**
   * How long a message is kept, in seconds.
   * @default - 14 days
   */
  readonly retention?: number;
  /** How long a message that was taken stays hidden, in seconds. Absent: for a queue that no function empties. */
  readonly visibilityTimeout?: number;
  /** Where messages go that were taken so many times in vain. SQS wants that queue to be there. */
  readonly redrive?: { readonly queue: SqsQueue; readonly after: number };
  /** The rules of EventBridge that may send, by what follows `rule/` in their ARNs; `*` stands for anything. */
  readonly rules?: readonly string[];
  readonly tags?: Record<string, string> | undefined;
}

const FOURTEEN_DAYS = 1_209_600;

/**
 * An encrypted queue, known by its name. Its policies are attributes of its own: as resources of
 * their own each would take the provider another half a minute to wait for.
 */
export function queue(scope: Construct, id: string, props: QueueProps): SqsQueue {
  const { name, rules = [], redrive } = props;
  claimName(scope, "queue", name);
  const made = new SqsQueue(scope, id, {
    name,
    messageRetentionSeconds: props.retention ?? FOURTEEN_DAYS,
    sqsManagedSseEnabled: true,
    ...(props.visibilityTimeout === undefined ? {} : { visibilityTimeoutSeconds: props.visibilityTimeout }),
    ...(redrive === undefined
      ? {}
      : {
          redrivePolicy: JSON.stringify({
            deadLetterTargetArn: redrive.queue.arn,
            maxReceiveCount: redrive.after,
          }),
        }),
    ...(rules.length === 0
      ? {}
      : {
          policy: JSON.stringify({
            Version: "2012-10-17",
            Statement: [
              {
                Effect: "Allow",
                Principal: { Service: "events.amazonaws.com" },
                Action: "sqs:SendMessage",
                Resource: arnOf(scope, "sqs", name),
                Condition: {
                  ArnLike: { "aws:SourceArn": rules.map(rule => arnOf(scope, "events", `rule/${rule}`)) },
                },
              },
            ],
          }),
        }),
    ...(props.tags ? { tags: props.tags } : {}),
  });
  made.overrideLogicalId(encodeName(name));
  return made;
}
