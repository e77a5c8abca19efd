import * as z from "zod";
import { parseJson } from "../../../core/json";
import { SecretError } from "../runtime/errors";

/** The text of a secret. Fails if there is none. */
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
/** Hosts whose webhooks may do without TLS: this machine, for tests and the demo. */
const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** Mail servers and webhooks, kept in memory for five minutes. No error repeats the value of a secret. */
export class Secrets {
  readonly #texts = new Map<string, { readonly text: string; readonly at: number }>();
  readonly #read: ReadSecret;

  constructor(read: ReadSecret) {
    this.#read = read;
  }

  /** @throws SecretError */
  async smtpServer(arn: string): Promise<SmtpServer> {
    const parsed = smtpSchema.safeParse(jsonOf(await this.#text(arn)));
    if (parsed.success && (parsed.data.username === undefined) === (parsed.data.password === undefined))
      return parsed.data;
    throw new SecretError(
      `the secret ${arn} does not say where the mail server is: JSON with \`host\`, \`port\`, and optionally ` +
        "`username` with `password`, `secure`, `ca`",
    );
  }

  /** @throws SecretError */
  async webhookUrl(arn: string): Promise<URL> {
    const text = (await this.#text(arn)).trim();
    const named = (jsonOf(text) as { url?: unknown } | undefined)?.url;
    const address = String(named ?? text);
    const url = URL.canParse(address) ? new URL(address) : undefined;
    if (url && (url.protocol === "https:" || (url.protocol === "http:" && LOOPBACK.has(url.hostname))))
      return url;
    throw new SecretError(`the secret ${arn} holds no https URL, alone or as \`url\` in JSON`);
  }

  /** Reads the secret again next time. For use after a failure, as the secret may have been changed. */
  forget(arn: string): void {
    this.#texts.delete(arn);
  }

  async #text(arn: string): Promise<string> {
    const known = this.#texts.get(arn);
    if (known && Date.now() - known.at < FRESH_MS) return known.text;
    try {
      const text = await this.#read(arn);
      this.#texts.set(arn, { text, at: Date.now() });
      return text;
    } catch (cause) {
      throw new SecretError(`the secret ${arn} could not be read`, { cause });
    }
  }
}

function jsonOf(text: string): unknown {
  const json = parseJson(text);
  return "value" in json ? json.value : undefined;
}
