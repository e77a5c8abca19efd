import type { IConstruct } from "constructs";
import type { FunctionSettings, FunctionVpc } from "../reconciler/function-settings";
import type { IReconciler } from "../reconciler/reconciler-props";
import type { NotificationChannel } from "./notification-channel";

/** The function that sends messages about access. All names are known at synth. */
export interface IAccessNotifier extends IConstruct {
  /** The notifier's name: the beginning of all other names, and `service` in its metrics and logs. */
  readonly name: string;
  /** The names of its channels. */
  readonly channelNames: readonly string[];
  /** The name of the queue that keeps messages that were never sent. */
  readonly deadLetterQueue: string;
}

/** Describes the notifier of another stack. */
export interface AccessNotifierAttributes {
  /**
   * The notifier's name.
   * @default "aurora-users-notifier"
   */
  readonly name?: string;
  /** The names of its channels, at least one. */
  readonly channelNames: readonly string[];
}

export interface AccessNotifierProps extends FunctionSettings {
  /**
   * The channels that messages go to, at least one, each with another name; at most 8192 bytes together as
   * JSON.
   */
  readonly channels: readonly NotificationChannel[];
  /**
   * The reconciler whose events become messages.
   * @default - the events on `eventBus`
   */
  readonly reconciler?: IReconciler;
  /**
   * The name of the event bus, in the same account and region: 1 to 256 letters, digits, `.`, `_` and `-`.
   * @default - that of `reconciler`, or "default" without one
   */
  readonly eventBus?: string;
  /**
   * The beginning of all names: 1 to 50 letters, digits, `_` and `-`; with the longest channel's name at most
   * 63.
   * @default - the reconciler's name and "-notifier", or "aurora-users-notifier" without one
   */
  readonly name?: string;
  /**
   * A folder of Mustache templates for messages, each at most 8192 bytes, in files named
   * `<event>.<subject|html|text>` (`access.granted.html`).
   * @default - the templates in the function's zip
   */
  readonly templates?: string;
  /**
   * The number of attempts to send a message, 1 to 1000. After that it goes to the dead-letter queue.
   * @default 5
   */
  readonly attempts?: number;
  /**
   * The longest that a call for up to ten messages may take, in seconds, 10 to 900. A message that failed is
   * retried after six times that long.
   * @default 60
   */
  readonly timeout?: number;
  /**
   * The function's memory, in MB, 128 to 10240.
   * @default 256
   */
  readonly memorySize?: number;
  /**
   * The network that the function runs in. Needed for a mail server inside a VPC.
   * @default - outside any VPC
   */
  readonly vpc?: FunctionVpc;
  /**
   * The path of the function's zip.
   * @default - the zip in this package
   */
  readonly bundle?: string;
}
