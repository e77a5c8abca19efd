import { type Deadline, pause } from "../../runtime/deadline";
import { DeliveryError } from "../runtime/errors";

/** Posts JSON to a webhook. @throws DeliveryError which does not hold the URL */
export type PostToWebhook = (url: URL, payload: unknown, deadline: Deadline) => Promise<void>;

export interface WebhookOptions {
  /** How long one try may take, in milliseconds. */
  readonly timeoutMs: number;
  readonly tries: number;
  /** The pause after the first server error, in milliseconds; it doubles with each try. */
  readonly waitMs: number;
}

const DEFAULTS: WebhookOptions = { timeoutMs: 5_000, tries: 3, waitMs: 500 };
/** The longest pause that an answer can ask for. */
const LONGEST_WAIT_MS = 10_000;

/**
 * Tries again, while there is time, after 429 (the pause that the answer asks for, at most 10 s), after 5xx,
 * and where no answer came.
 */
export const webhookPoster =
  (options: Partial<WebhookOptions> = {}): PostToWebhook =>
  async (url, payload, deadline) => {
    const { timeoutMs, tries, waitMs } = { ...DEFAULTS, ...options };
    const body = JSON.stringify(payload);
    for (let attempt = 1; ; attempt++) {
      // AbortSignal accepts whole milliseconds only.
      const answer = await post(url, body, Math.max(1, Math.floor(Math.min(timeoutMs, deadline.left()))));
      if (answer.ok) return;
      const wait = Math.min(answer.retryAfterMs ?? waitMs * 2 ** (attempt - 1), LONGEST_WAIT_MS);
      if (!answer.mayRetry || attempt >= tries)
        throw new DeliveryError(`the webhook ${answer.outcome} (try ${attempt} of ${tries})`);
      if (deadline.left() < wait + waitMs)
        throw new DeliveryError(`the webhook ${answer.outcome}, and there is no time for another try`);
      await pause(wait);
    }
  };

interface Answer {
  readonly ok: boolean;
  readonly mayRetry: boolean;
  /** The end of a sentence that begins with "the webhook". */
  readonly outcome: string;
  readonly retryAfterMs?: number | undefined;
}

async function post(url: URL, body: string, timeoutMs: number): Promise<Answer> {
  const headers = { "content-type": "application/json; charset=utf-8", "user-agent": "aurora-users" };
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    // Not `follow`: a redirect would take the message to a host that the secret does not name.
    const response = await fetch(url, { method: "POST", headers, body, signal, redirect: "manual" });
    const { ok, status } = response;
    const text = await response.text().catch(() => "");
    // Slack answers with one word what was wrong. Anything longer may repeat what was sent.
    const word = /^[a-z_]{1,60}$/.test(text) ? `: ${text}` : "";
    return {
      ok,
      mayRetry: status === 429 || status >= 500,
      outcome: `answered ${status}${word}`,
      retryAfterMs: retryAfter(response.headers.get("retry-after")),
    };
  } catch (error) {
    return { ok: false, mayRetry: true, outcome: unanswered(error as FetchError) };
  }
}

type FetchError = { readonly name?: unknown; readonly cause?: { readonly code?: unknown } };

/** Without the client's message, which holds the URL: the URL is a secret. */
function unanswered({ cause, name }: FetchError): string {
  if (name === "TimeoutError") return "did not answer in time";
  return `could not be reached${typeof cause?.code === "string" ? ` (${cause.code})` : ""}`;
}

/** Milliseconds, from a number of seconds or a date. */
function retryAfter(value: string | null): number | undefined {
  if (value === null) return undefined;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
