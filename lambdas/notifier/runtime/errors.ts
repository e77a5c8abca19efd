import { AccessError } from "../../../core/errors";

export { InternalError } from "../../../core/errors";

/** What Terraform wrote for the notifier cannot be read, or is not what it should be. */
export class ConfigurationError extends AccessError {
  readonly code = "ConfigurationUnusable";
}

/** A message in the queue is no event of ours. */
export class EventError extends AccessError {
  readonly code = "EventUnusable";
}

/** A recipient's address cannot be written to. */
export class RecipientError extends AccessError {
  readonly code = "RecipientUnusable";
}

/** The secret of a mail server or webhook cannot be read, or holds something else. */
export class SecretError extends AccessError {
  readonly code = "SecretUnusable";
}

/** A channel did not take a message. Never holds a secret, a webhook's address included. */
export class DeliveryError extends AccessError {
  readonly code = "DeliveryFailed";
}

/** Code and message of what went wrong, for the log. */
export function describeError(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof AccessError) return { code: error.code, message: error.message };
  // Other errors' texts may hold what was sent, and to whom.
  return { code: "Internal", message: error instanceof Error ? error.name : typeof error };
}
