import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
import { LambdaEventSourceMapping } from "@cdktf/provider-aws/lib/lambda-event-source-mapping";
import type { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function";
import type { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue";
import { Construct } from "constructs";
import { EVENT_SOURCE } from "../../core/events/events";
import { queue } from "../reconciler/queue";
import { DEFAULT_EVENT_BUS } from "../reconciler/reconciler-names";
import { encodeName, resource } from "../terraform/address";
import { claimName } from "../terraform/claimed-names";
import { ValidationError } from "../terraform/validation-error";
import type { NotificationChannel } from "./notification-channel";

/** The longest name of an EventBridge rule, in characters. */
const MAX_NAME = 64;
/** The longest event pattern of an EventBridge rule, in characters. */
const MAX_PATTERN = 2048;

export interface ChannelDeliveryProps {
  /** The notifier's name. */
  readonly notifier: string;
  readonly channel: NotificationChannel;
  readonly eventBus: string;
  readonly lambda: LambdaFunction;
  /** The function's time-out, in seconds. */
  readonly timeout: number;
  /** The number of attempts to send a message. */
  readonly attempts: number;
  readonly deadLetters: SqsQueue;
  readonly tags: Record<string, string> | undefined;
}

/** The name of a channel's queue, and of its rule. */
export const channelQueue = (notifier: string, channel: string): string => `${notifier}-${channel}`;

/** The part of a rule's ARN after `rule/`. */
export const ruleOn = (eventBus: string, rule: string): string =>
  eventBus === DEFAULT_EVENT_BUS ? rule : `${eventBus}/${rule}`;

/**
 * Delivers a channel's events to the notifier: a rule puts the events that the channel wants into a queue of
 * its own, so that a slow channel delays no other.
 */
export class ChannelDelivery extends Construct {
  constructor(scope: Construct, id: string, props: ChannelDeliveryProps) {
    super(scope, id);
    const { notifier, channel, eventBus, lambda, deadLetters, tags } = props;
    const name = channelQueue(notifier, channel.name);
    if (name.length > MAX_NAME)
      throw new ValidationError(
        `\`name\` of notifier and channel must have at most ${MAX_NAME - 1} characters together, ` +
          `got: ${notifier} and ${channel.name}`,
        this,
      );
    const logicalId = encodeName(name);
    claimName(this, "rule", name);
    const waiting = queue(this, "Queue", {
      name,
      // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
      visibilityTimeout: 6 * props.timeout,
      redrive: { queue: deadLetters, attempts: props.attempts },
      rules: [ruleOn(eventBus, name)],
      tags,
    });

    const eventBusName = eventBus === DEFAULT_EVENT_BUS ? undefined : eventBus;
    const rule = resource(CloudwatchEventRule, this, "Rule", {
      logicalId,
      name,
      description: `Events for the channel ${channel.name} of ${notifier}`,
      eventPattern: eventPattern(this, channel),
      eventBusName,
      tags,
    });
    resource(CloudwatchEventTarget, this, "Target", {
      logicalId,
      rule: rule.name,
      targetId: "queue",
      arn: waiting.arn,
      deadLetterConfig: { arn: deadLetters.arn },
      eventBusName,
    });
    resource(LambdaEventSourceMapping, this, "Mapping", {
      logicalId,
      eventSourceArn: waiting.arn,
      functionName: lambda.functionName,
      batchSize: 10,
      functionResponseTypes: ["ReportBatchItemFailures"],
      scalingConfig: { maximumConcurrency: 2 },
    });
  }
}

function eventPattern(scope: Construct, { name, events, clusters }: NotificationChannel): string {
  const pattern = JSON.stringify({
    source: [EVENT_SOURCE],
    "detail-type": events,
    detail: clusters && { cluster: clusters },
  });
  if (pattern.length > MAX_PATTERN)
    throw new ValidationError(
      `\`clusters\` of the channel ${name} must fit into an event pattern of ${MAX_PATTERN} characters, ` +
        `got: ${pattern.length}`,
      scope,
    );
  return pattern;
}
