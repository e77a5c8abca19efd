import type { SendMailOptions } from "nodemailer";
import type { AccessEvent } from "../../core/events/events";
import type { Channel, NotifierConfig } from "../../core/events/notifications";
import { Deliveries } from "../../lambdas/notifier/channels/deliveries";
import { Secrets } from "../../lambdas/notifier/channels/secrets";
import type { TopicMessage } from "../../lambdas/notifier/channels/topic-message";
import { Configurations } from "../../lambdas/notifier/configuration";
import type { Services } from "../../lambdas/notifier/services";
import type { Item, ItemStore } from "../../lambdas/runtime/item-store";
import type { Log } from "../../lambdas/runtime/log";
import { untraced } from "../../lambdas/runtime/tracing";

/** The notifier's services in memory, and what was done with them. */
export interface MemoryServices extends Services {
  readonly mails: SendMailOptions[];
  readonly published: TopicMessage[];
  readonly posted: { readonly url: string; readonly payload: unknown }[];
  readonly lines: { readonly level: string; readonly event: string; readonly fields: object }[];
  /** The metrics that were emitted: `<service> <channel> <name> <value>`. */
  readonly emitted: string[];
  readonly items: Item[];
  /** SSM's parameters by name, and secrets by ARN. */
  readonly parameters: Map<string, string>;
  readonly secretTexts: Map<string, string>;
  /** How often a parameter was read. */
  readonly reads: string[];
}

export const NOW = new Date("2026-11-20T12:00:00Z");
export const CONFIG = "/aurora-users/notifier";

/** The configuration that Terraform would write: a queue `q-<channel>` for each channel. */
export const configOf = (
  channels: readonly Channel[],
  templates: Record<string, string> = {},
): NotifierConfig => ({
  version: 1,
  service: "notifier",
  templates,
  channels: Object.fromEntries(channels.map(channel => [`q-${channel.name}`, channel])),
});

export function memoryServices(
  channels: readonly Channel[],
  templates: Record<string, string> = {},
): MemoryServices {
  const lines: MemoryServices["lines"] = [];
  const at =
    (level: string) =>
    (event: string, fields = {}) =>
      void lines.push({ level, event, fields });
  const log: Log = {
    debug: at("debug"),
    info: at("info"),
    error: at("error"),
    begin: () => {},
    serviceIs: () => {},
  };
  const names = Object.fromEntries(Object.keys(templates).map(name => [name, `/templates/${name}`]));
  const parameters = new Map([[CONFIG, JSON.stringify(configOf(channels, names))]]);
  for (const [name, text] of Object.entries(templates)) parameters.set(`/templates/${name}`, text);
  const secretTexts = new Map<string, string>();
  const reads: string[] = [];
  const from = (texts: Map<string, string>) => async (name: string) => {
    reads.push(name);
    const text = texts.get(name);
    if (text === undefined) throw Object.assign(new Error(`no ${name}`), { name: "ParameterNotFound" });
    return text;
  };
  const items: MemoryServices["items"] = [];
  const store: Pick<ItemStore, "list" | "put"> = {
    list: async (_table, pk, prefix) => items.filter(item => item.pk === pk && item.sk.startsWith(prefix)),
    put: async (...puts) => items.push(...puts.map(({ item }) => item)) > 0,
  };
  const mails: SendMailOptions[] = [];
  const published: TopicMessage[] = [];
  const posted: MemoryServices["posted"] = [];
  const emitted: string[] = [];
  return {
    mails,
    published,
    posted,
    lines,
    emitted,
    items,
    parameters,
    secretTexts,
    reads,
    log,
    configurations: new Configurations({
      read: from(parameters),
      parameter: CONFIG,
      log,
      now: () => NOW.getTime(),
    }),
    deliveries: new Deliveries(store, "deliveries", log),
    secrets: new Secrets(from(secretTexts)),
    openMailTransport: async () => async message => void mails.push(message),
    publish: async message => void published.push(message),
    postToWebhook: async (url, payload) => void posted.push({ url: url.href, payload }),
    metrics: service => ({
      emit: (channel, values) =>
        void emitted.push(
          ...Object.entries(values).map(([name, value]) => `${service} ${channel} ${name} ${value}`),
        ),
    }),
    trace: untraced,
    now: () => NOW,
  };
}

/** What Lambda hands over of a queue: EventBridge's JSON in each message's body. */
export function batch(queue: string, events: readonly (AccessEvent | string)[]) {
  const Records = events.map((event, index) => ({
    messageId: `m${index + 1}`,
    eventSourceARN: `arn:aws:sqs:eu-central-1:123456789012:${queue}`,
    body: typeof event === "string" ? event : eventJson(event),
  }));
  return { Records } as never;
}

/** @see https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html */
export const eventJson = ({ type, detail }: AccessEvent): string =>
  JSON.stringify({
    version: "0",
    id: "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
    "detail-type": type,
    source: "aurora-users",
    account: "123456789012",
    time: "2026-11-20T11:07:41Z",
    region: "eu-central-1",
    resources: [],
    detail,
  });

export const context = (ms = 60_000) => ({ getRemainingTimeInMillis: () => ms });
