import type { ChannelMetric } from "../../core/contract/metrics";
import type { Call as FunctionCall } from "../runtime/call";
import type { Log } from "../runtime/log";
import type { Metrics } from "../runtime/metrics";
import type { Trace } from "../runtime/tracing";
import type { Deliveries } from "./channels/deliveries";
import type { OpenMailTransport } from "./channels/mail-transport";
import type { Secrets } from "./channels/secrets";
import type { TopicMessage } from "./channels/topic-message";
import type { PostToWebhook } from "./channels/webhook";
import type { Configurations } from "./configuration";

/**
 * Everything outside of it that the notifier needs, made once for each container. Tests hand in their own.
 */
export interface Services {
  readonly configurations: Configurations;
  readonly deliveries: Deliveries;
  readonly secrets: Secrets;
  readonly openMailTransport: OpenMailTransport;
  readonly publish: (message: TopicMessage) => Promise<void>;
  readonly postToWebhook: PostToWebhook;
  readonly log: Log;
  /** By the notifier's name, which is in the configuration. */
  readonly metrics: (service: string) => Metrics<ChannelMetric>;
  readonly trace: Trace;
  readonly now: () => Date;
}

/** One call of the notifier. */
export type Call = FunctionCall<Services>;
