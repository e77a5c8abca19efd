import { templateFromParameter } from "../../core/contract/template-parameter";
import { type Channel, type NotifierConfig, notifierConfigSchema } from "../../core/events/notifications";
import type { Log } from "../runtime/log";
import { type Replacements, templateFault } from "./render/templates";
import { ConfigurationError, errorFields } from "./runtime/errors";

/** The text of an SSM parameter; fails where there is none. */
export type ReadParameter = (name: string) => Promise<string>;

/** The channels, and the templates that stand in for the default ones. */
export interface Configuration {
  readonly config: NotifierConfig;
  readonly templates: Replacements;
}

export interface ChannelOfQueue {
  readonly service: string;
  readonly channel: Channel;
  readonly templates: Replacements;
}

/** How long what was read is good for. */
const FRESH_MS = 5 * 60_000;
/** How long after a reading a queue that it did not know has it read again. */
const UNKNOWN_MS = 5_000;

/** What Terraform wrote for the notifier, kept for five minutes. */
export class Configurations {
  #known: Configuration | undefined;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly read: ReadParameter,
    private readonly parameter: string,
    private readonly log: Log,
    private readonly now: () => number = Date.now,
  ) {}

  /** The channel whose messages wait in a queue. @throws ConfigurationError */
  async channelOf(queue: string): Promise<ChannelOfQueue> {
    const age = this.now() - this.#readAt;
    const knows = this.#known !== undefined && Object.hasOwn(this.#known.config.channels, queue);
    if (age > FRESH_MS || (!knows && age > UNKNOWN_MS)) await this.#load();
    const { config, templates } = this.#known!;
    const channel = Object.hasOwn(config.channels, queue) ? config.channels[queue] : undefined;
    if (!channel)
      throw new ConfigurationError(`no channel has the queue ${queue}. Deploy the notifier's stack again.`);
    return { service: config.service, channel, templates };
  }

  /** An older configuration is better than none: without the parameter, messages go on as before. */
  async #load(): Promise<void> {
    try {
      const config = parseConfiguration(this.parameter, await this.#text(this.parameter));
      this.#known = { config, templates: await this.#templates(config) };
    } catch (error) {
      if (!this.#known) throw error;
      this.log.error("configuration not read", errorFields(error));
    }
    this.#readAt = this.now();
  }

  /** Templates that cannot be had or are not safe are left out, so that the default one is sent: a message must not wait for a template. */
  async #templates(config: NotifierConfig): Promise<Replacements> {
    const read = await Promise.all(
      Object.entries(config.templates).map(async ([name, parameter]) => {
        const text = await this.#text(parameter).then(
          templateFromParameter,
          (error: ConfigurationError) => error,
        );
        const fault = typeof text === "string" ? templateFault(name, text) : text.message;
        if (typeof text === "string" && fault === undefined) return [[name, text] as const];
        this.log.error("template refused", { template: name, parameter, reason: fault });
        return [];
      }),
    );
    return new Map(read.flat());
  }

  async #text(name: string): Promise<string> {
    try {
      return await this.read(name);
    } catch (error) {
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      throw new ConfigurationError(`the parameter ${name} could not be read: ${reason}`, { cause: error });
    }
  }
}

export function parseConfiguration(parameter: string, text: string): NotifierConfig {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new ConfigurationError(`the parameter ${parameter} is no JSON. Deploy the notifier's stack again.`);
  }
  const parsed = notifierConfigSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues
    .slice(0, 5)
    .map(issue => `${issue.path.join(".") || "(all)"}: ${issue.message}`);
  throw new ConfigurationError(
    `the parameter ${parameter} is not valid: ${where.join("; ")}. Deploy the notifier's stack again.`,
  );
}
