import { Token } from "cdktf";
import type { Construct } from "constructs";
import type { EventType } from "../../core/events/events";
import {
  type Channel,
  type ChannelType,
  channelSchema,
  DEFAULT_EVENTS,
} from "../../core/events/notifications";
import { defined } from "../../core/json";
import type { PolicyStatement } from "../terraform/policy-document";
import { ValidationError } from "../terraform/validation-error";

/** The props that every channel has. */
export interface ChannelProps {
  /**
   * The channel's name, part of the names of queues and rules and of metrics and logs: lower-case letters,
   * digits and `-`, at most 31, the first a letter. Unique in a notifier.
   * @default - the kind of channel: "email", "sns", "slack", "teams"
   */
  readonly name?: string;
  /**
   * The events that become messages, at least one.
   * @default DEFAULT_EVENTS - depends on the kind of channel
   */
  readonly events?: readonly EventType[];
  /**
   * The names of the clusters whose events become messages, at least one.
   * @default - all clusters
   */
  readonly clusters?: readonly string[];
}

/** What a channel adds to a notifier. */
export interface BoundChannel {
  /** The channel's configuration for Terraform: text is escaped, ARNs may be references. */
  readonly channel: Channel;
  /** The permissions that the notifier's function needs for this channel. */
  readonly statements: readonly PolicyStatement[];
}

/**
 * A destination of messages. A new kind of channel needs a member of `channelSchema`, a sender in the
 * function, and a subclass of this class.
 *
 * @example
 * const channels: NotificationChannel[] = [new EmailChannel({ from: "access@example.com" })];
 */
export abstract class NotificationChannel {
  /** The kind of channel. */
  readonly type: ChannelType;
  /** The channel's name. */
  readonly name: string;
  /** The events that become messages. */
  readonly events: readonly EventType[];
  /** The names of the clusters whose events become messages; undefined for all clusters. */
  readonly clusters: readonly string[] | undefined;

  protected constructor(type: ChannelType, props: ChannelProps) {
    this.type = type;
    this.name = props.name ?? type;
    this.events = props.events ?? DEFAULT_EVENTS[type];
    this.clusters = props.clusters;
  }

  /**
   * Called by `AccessNotifier` with itself.
   * @throws ValidationError if a prop of the channel is not allowed
   */
  abstract bind(scope: Construct): BoundChannel;

  /**
   * The configuration that every channel has. Once checked, none of it holds anything that Terraform would
   * evaluate.
   */
  protected get filter() {
    const { name, events, clusters } = this;
    return defined({ name, events, clusters });
  }

  /**
   * Checks that the function can read the channel's configuration.
   * @param channel the configuration before any text is escaped
   */
  protected assertReadable(scope: Construct, channel: Channel): void {
    if (
      Token.isUnresolved(this.name) ||
      this.events.some(Token.isUnresolved) ||
      this.clusters?.some(Token.isUnresolved)
    )
      throw new ValidationError("`name`, `events` and `clusters` of a channel must be known at synth", scope);
    const parsed = channelSchema.safeParse(channel);
    if (parsed.success) return;
    const faults = parsed.error.issues
      .map(issue => `\`${issue.path.join(".")}\`: ${issue.message}`)
      .join("; ");
    throw new ValidationError(`the channel ${JSON.stringify(this.name)}: ${faults}`, scope);
  }
}
