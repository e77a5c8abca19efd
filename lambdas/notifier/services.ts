import type { Deliveries } from "./channels/deliveries";
import type { OpenMailTransport } from "./channels/mail-transport";
import type { PostToWebhook } from "./channels/webhook";
import type { Configurations } from "./configuration";
import type { Log, Measures, Trace } from "./runtime/telemetry";
import type { Secrets } from "./secrets";

/** What goes to an SNS topic. */
export interface TopicMessage {
  readonly topicArn: string;
  readonly subject: string;
  readonly message: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Everything outside that the notifier needs. Made once a container; handed in by tests. */
export interface Services {
  readonly configurations: Configurations;
  readonly deliveries: Deliveries;
  readonly secrets: Secrets;
  readonly openMailTransport: OpenMailTransport;
  readonly publish: (message: TopicMessage) => Promise<void>;
  readonly postToWebhook: PostToWebhook;
  readonly log: Log;
  readonly measures: Measures;
  readonly trace: Trace;
  readonly now: () => Date;
}

/** One call of the function. */
export interface Call {
  readonly services: Services;
  /** Milliseconds that are left for sending. */
  readonly left: () => number;
}
