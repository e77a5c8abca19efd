import type { Configurations } from "./configuration";
import type { Deliveries } from "./deliveries";
import type { OpenMailTransport } from "./mail-transport";
import type { Secrets } from "./secrets";
import type { Log, Measures, Trace } from "./telemetry";
import type { PostToWebhook } from "./webhook";

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
