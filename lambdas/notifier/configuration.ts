import { templateFromParameter } from "../../core/contract/template-parameter";
import { type Channel, type NotifierConfig, notifierConfigSchema } from "../../core/events/notifications";
import { parseJson } from "../../core/json";
import type { Log } from "../runtime/log";
import { type Replacements, templateFault } from "./render/templates";
import { ConfigurationError, errorFields } from "./runtime/errors";

/** The text of an SSM parameter. Fails if there is none. */
export type ReadParameter = (name: string) => Promise<string>;

/** The channels, and the templates that replace default ones. */
interface Configuration {
  readonly config: NotifierConfig;
  readonly templates: Replacements;
}

export interface ChannelOfQueue {
  readonly service: string;
  readonly channel: Channel;
  readonly templates: Replacements;
}

export interface ConfigurationsOptions {
  readonly read: ReadParameter;
  /** The SSM parameter that holds the configuration. */
  readonly parameter: string;
  readonly log: Log;
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
}

/** How long a configuration is used before it is read again. */
const FRESH_MS = 5 * 60_000;
/** How long after a reading an unknown queue leads to another one. */
const UNKNOWN_MS = 5_000;

/** The configuration that Terraform wrote for the notifier, kept for five minutes. */
export class Configurations {
  readonly #options: ConfigurationsOptions;
  readonly #now: () => number;
  #known: Configuration | undefined;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(options: ConfigurationsOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** The channel whose messages wait in a queue. @throws ConfigurationError */
  async channelOf(queue: string): Promise<ChannelOfQueue> {
    const age = this.#now() - this.#readAt;
    const knows = this.#known !== undefined && Object.hasOwn(this.#known.config.channels, queue);
    if (age > FRESH_MS || (!knows && age > UNKNOWN_MS)) await this.#load();
    const { config, templates } = this.#known!;
    const channel = Object.hasOwn(config.channels, queue) ? config.channels[queue] : undefined;
    if (!channel)
      throw new ConfigurationError(`no channel has the queue ${queue}. Deploy the notifier's stack again.`);
    return { service: config.service, channel, templates };
  }

  /**
   * Keeps the old configuration if the parameter cannot be read or is not valid: messages are then sent as
   * before.
   */
  async #load(): Promise<void> {
    const { log, parameter } = this.#options;
    try {
      const config = parseConfiguration(parameter, await this.#text(parameter));
      this.#known = { config, templates: await this.#templates(config) };
    } catch (error) {
      if (!this.#known) throw error;
      log.error("configuration not read", errorFields(error));
    }
    this.#readAt = this.#now();
  }

  /**
   * Leaves out templates that cannot be read or are not safe. The default is sent instead: no message waits
   * for one.
   */
  async #templates(config: NotifierConfig): Promise<Replacements> {
    const read = Object.entries(config.templates).map(async ([template, parameter]) => {
      const text = await this.#text(parameter).then(templateFromParameter, error => error as Error);
      const reason = typeof text === "string" ? templateFault(template, text) : text.message;
      if (typeof text === "string" && reason === undefined) return [[template, text] as const];
      this.#options.log.error("template refused", { template, parameter, reason });
      return [];
    });
    return new Map((await Promise.all(read)).flat());
  }

  async #text(name: string): Promise<string> {
    try {
      return await this.#options.read(name);
    } catch (cause) {
      throw new ConfigurationError(`the parameter ${name} could not be read`, { cause });
    }
  }
}

function parseConfiguration(parameter: string, text: string): NotifierConfig {
  const json = parseJson(text);
  if ("problem" in json)
    throw new ConfigurationError(
      `the parameter ${parameter} is not JSON. Deploy the notifier's stack again.`,
    );
  const parsed = notifierConfigSchema.safeParse(json.value);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues
    .slice(0, 5)
    .map(issue => `${issue.path.join(".") || "(all)"}: ${issue.message}`);
  throw new ConfigurationError(
    `the parameter ${parameter} is not valid: ${where.join("; ")}. Deploy the notifier's stack again.`,
  );
}
