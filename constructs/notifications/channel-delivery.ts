import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
import { LambdaEventSourceMapping } from "@cdktf/provider-aws/lib/lambda-event-source-mapping";
import type { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function";
import type { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue";
import { Construct } from "constructs";
import { EVENT_SOURCE } from "../../core/events/events";
import { queue } from "../reconciler/queue";
import { DEFAULT_EVENT_BUS } from "../reconciler/reconciler-names";
import { encodeName } from "../terraform/address";
import { claimName } from "../terraform/claimed-names";
import { ValidationError } from "../terraform/validation-error";
import type { NotificationChannel } from "./notification-channel";

/** The longest rule name, and the longest pattern, that EventBridge takes. */
const MAX_NAME = 64;
const MAX_PATTERN = 2048;

export interface ChannelDeliveryProps {
  /** The notifier's name. */
  readonly notifier: string;
  readonly channel: NotificationChannel;
  readonly eventBus: string;
  readonly lambda: LambdaFunction;
  /** Of the function, in seconds. */
  readonly timeout: number;
  /** How often a message is tried. */
  readonly attempts: number;
  readonly deadLetters: SqsQueue;
  readonly tags: Record<string, string> | undefined;
}

/** The name of the queue, and of the rule, of a notifier's channel. */
export const channelQueue = (notifier: string, channel: string): string => `${notifier}-${channel}`;

/** What follows `rule/` in a rule's ARN. */
export const ruleOn = (eventBus: string, rule: string): string =>
  eventBus === DEFAULT_EVENT_BUS ? rule : `${eventBus}/${rule}`;

/**
 * How a channel's events reach the notifier: a rule puts those that it wants into a queue of its own, so that a channel that hangs
 * holds up no other.
 */
export class ChannelDelivery extends Construct {
  constructor(scope: Construct, id: string, props: ChannelDeliveryProps) {
    super(scope, id);
    const { notifier, channel, eventBus, lambda, deadLetters, tags } = props;
    const name = channelQueue(notifier, channel.name);
    if (name.length > MAX_NAME)
      throw new ValidationError(
        `the names of notifier and channel must have at most ${MAX_NAME - 1} characters together, got ${notifier} and ${channel.name}`,
        this,
      );
    const address = encodeName(name);
    claimName(this, "rule", name);
    const waiting = queue(this, "Queue", {
      name,
      // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
      visibilityTimeout: 6 * props.timeout,
      redrive: { queue: deadLetters, after: props.attempts },
      rules: [ruleOn(eventBus, name)],
      tags,
    });

    const onBus = eventBus === DEFAULT_EVENT_BUS ? {} : { eventBusName: eventBus };
    const eventPattern = JSON.stringify({
      source: [EVENT_SOURCE],
      "detail-type": channel.events,
      ...(channel.clusters === undefined ? {} : { detail: { cluster: channel.clusters } }),
    });
    if (eventPattern.length > MAX_PATTERN)
      throw new ValidationError(
        `the channel ${channel.name} names more \`clusters\` than an event pattern holds`,
        this,
      );
    const rule = new CloudwatchEventRule(this, "Rule", {
      name,
      description: `Events for the channel ${channel.name} of ${notifier}`,
      eventPattern,
      ...onBus,
      ...(tags ? { tags } : {}),
    });
    rule.overrideLogicalId(address);
    const target = new CloudwatchEventTarget(this, "Target", {
      rule: rule.name,
      targetId: "queue",
      arn: waiting.arn,
      deadLetterConfig: { arn: deadLetters.arn },
      ...onBus,
    });
    target.overrideLogicalId(address);

    const mapping = new LambdaEventSourceMapping(this, "Mapping", {
      eventSourceArn: waiting.arn,
      functionName: lambda.functionName,
      batchSize: 10,
      functionResponseTypes: ["ReportBatchItemFailures"],
      scalingConfig: { maximumConcurrency: 2 },
    });
    mapping.overrideLogicalId(address);
  }
}
