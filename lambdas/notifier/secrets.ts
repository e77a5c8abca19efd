import { z } from "zod";
import { SecretError } from "./runtime/errors";

/** The text of a secret; fails where there is none. */
export type ReadSecret = (arn: string) => Promise<string>;

const smtpSchema = z.strictObject({
  host: z.string().min(1).max(255),
  port: z.coerce.number().int().min(1).max(65535),
  username: z.string().min(1).optional(),
  password: z.string().min(1).optional(),
  secure: z.boolean().default(false),
  ca: z.string().min(1).optional(),
});
/** A mail server, and how to log in there. */
export type SmtpServer = z.output<typeof smtpSchema>;

const FRESH_MS = 5 * 60_000;
/** Where a webhook may be without TLS: on this machine, for tests and the demo. */
const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** Mail servers and webhooks, kept in memory for five minutes. No error repeats what a secret holds. */
export class Secrets {
  readonly #texts = new Map<string, { readonly text: string; readonly at: number }>();

  constructor(
    private readonly read: ReadSecret,
    private readonly now: () => number = Date.now,
  ) {}

  /** @throws SecretError */
  async smtpServer(arn: string): Promise<SmtpServer> {
    const parsed = smtpSchema.safeParse(json(await this.#text(arn)));
    if (parsed.success && (parsed.data.username === undefined) === (parsed.data.password === undefined))
      return parsed.data;
    throw new SecretError(
      `the secret ${arn} does not say where the mail server is: JSON with \`host\`, \`port\`, and optionally \`username\` with \`password\`, \`secure\`, \`ca\``,
    );
  }

  /** @throws SecretError */
  async webhookUrl(arn: string): Promise<URL> {
    const text = (await this.#text(arn)).trim();
    const named = (json(text) as { url?: unknown } | undefined)?.url;
    const url = parseUrl(String(named ?? text));
    if (url && (url.protocol === "https:" || (url.protocol === "http:" && LOOPBACK.has(url.hostname))))
      return url;
    throw new SecretError(`the secret ${arn} holds no https URL, alone or as \`url\` in JSON`);
  }

  /** What failed may have been changed: it is read again next time. */
  forget(arn: string): void {
    this.#texts.delete(arn);
  }

  async #text(arn: string): Promise<string> {
    const known = this.#texts.get(arn);
    if (known && this.now() - known.at < FRESH_MS) return known.text;
    try {
      const text = await this.read(arn);
      this.#texts.set(arn, { text, at: this.now() });
      return text;
    } catch (error) {
      // AWS's own messages name ARNs and actions, never a secret's value.
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      throw new SecretError(`the secret ${arn} could not be read: ${reason}`);
    }
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
