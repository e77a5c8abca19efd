import { Token } from "cdktf";
import type { Construct } from "constructs";
import type { EventType } from "../../core/events/events";
import {
  type Channel,
  type ChannelType,
  channelSchema,
  DEFAULT_EVENTS,
} from "../../core/events/notifications";
import type { PolicyStatement } from "../terraform/policy-document";
import { ValidationError } from "../terraform/validation-error";

/** What every channel has. */
export interface ChannelProps {
  /**
   * Tells channels apart in the names of queues and rules, in metrics and logs: lower-case letters, digits and `-`, at most 31, the
   * first a letter.
   * @default - what kind of channel it is
   */
  readonly name?: string;
  /**
   * The events that it wants.
   * @default DEFAULT_EVENTS - by the kind of channel
   */
  readonly events?: readonly EventType[];
  /**
   * The clusters whose events it wants, by name.
   * @default - all
   */
  readonly clusters?: readonly string[];
}

/** What a channel adds to a notifier. */
export interface BoundChannel {
  /** For Terraform: text is escaped, ARNs may be references. */
  readonly channel: Channel;
  /** What the notifier's function has to be allowed for it, and no more. */
  readonly statements: readonly PolicyStatement[];
}

/**
 * Where messages go. A new kind of channel: a member of `channelSchema`, a sender in the function, and a class like this one's
 * children.
 */
export abstract class NotificationChannel {
  readonly name: string;
  readonly events: readonly EventType[];
  readonly clusters: readonly string[] | undefined;

  protected constructor(
    readonly type: ChannelType,
    props: ChannelProps,
  ) {
    this.name = props.name ?? type;
    this.events = props.events ?? DEFAULT_EVENTS[type];
    this.clusters = props.clusters;
  }

  /** What the notifier's construct makes of it. @throws ValidationError */
  abstract bind(scope: Construct): BoundChannel;

  /** What every channel says of itself. Names, events and clusters hold nothing that Terraform would evaluate, once they are checked. */
  protected get filter() {
    const { name, events, clusters } = this;
    return { name, events, ...(clusters === undefined ? {} : { clusters }) };
  }

  /** That the function could read it. @param channel as it was given, before any text is escaped */
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
