import { type Deadline, pause } from "../../runtime/deadline";
import { DeliveryError } from "../runtime/errors";

/** Posts JSON to a webhook. @throws DeliveryError which does not hold the URL */
export type PostToWebhook = (url: URL, payload: unknown, deadline: Deadline) => Promise<void>;

export interface WebhookOptions {
  /** How long one try may take, in milliseconds. */
  readonly timeoutMs: number;
  readonly tries: number;
  /** The wait after the first server error, in milliseconds; it doubles. */
  readonly waitMs: number;
}

const DEFAULTS: WebhookOptions = { timeoutMs: 5_000, tries: 3, waitMs: 500 };
/** The longest that one answer can have the function wait. */
const LONGEST_WAIT_MS = 10_000;

/** Tries again after 429 (as long as the answer says, 10 s at most), 5xx, no answer in time and none at all, while there is time. */
export const webhookPoster =
  (options: Partial<WebhookOptions> = {}): PostToWebhook =>
  async (url, payload, deadline) => {
    const { timeoutMs, tries, waitMs } = { ...DEFAULTS, ...options };
    const body = JSON.stringify(payload);
    for (let attempt = 1; ; attempt++) {
      // AbortSignal takes whole milliseconds alone.
      const answer = await post(url, body, Math.max(1, Math.floor(Math.min(timeoutMs, deadline.left()))));
      if (answer.ok) return;
      const wait = Math.min(answer.retryAfterMs ?? waitMs * 2 ** (attempt - 1), LONGEST_WAIT_MS);
      if (!answer.again || attempt >= tries)
        throw new DeliveryError(`the webhook ${answer.told} (try ${attempt} of ${tries})`);
      if (deadline.left() < wait + waitMs)
        throw new DeliveryError(`the webhook ${answer.told}, and there is no time for another try`);
      await pause(wait);
    }
  };

interface Answer {
  readonly ok: boolean;
  /** Whether another try may help. */
  readonly again: boolean;
  readonly told: string;
  readonly retryAfterMs?: number | undefined;
}

async function post(url: URL, body: string, timeoutMs: number): Promise<Answer> {
  const headers = { "content-type": "application/json; charset=utf-8", "user-agent": "aurora-users" };
  try {
    // A redirect would take the message to somebody whom the secret does not name.
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(url, { method: "POST", headers, body, signal, redirect: "manual" });
    const text = await response.text().catch(() => "");
    const { ok, status } = response;
    const again = status === 429 || status >= 500;
    // Slack says by a word what it did not like; anything longer may repeat what was sent.
    const word = /^[a-z_]{1,60}$/.test(text) ? `: ${text}` : "";
    return {
      ok,
      again,
      told: `answered ${status}${word}`,
      retryAfterMs: retryAfter(response.headers.get("retry-after")),
    };
  } catch (error) {
    // Messages of the client's hold the URL, which is a secret.
    const { name, cause } = error as {
      readonly name?: unknown;
      readonly cause?: { readonly code?: unknown };
    };
    const timedOut = name === "TimeoutError";
    const code = cause?.code;
    const why = typeof code === "string" ? ` (${code})` : "";
    return {
      ok: false,
      again: true,
      told: timedOut ? "did not answer in time" : `could not be reached${why}`,
    };
  }
}

/** Seconds, or a date. */
function retryAfter(value: string | null): number | undefined {
  if (value === null) return undefined;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
