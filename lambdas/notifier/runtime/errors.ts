import { AccessError } from "../../../core/errors";
import { describeErrorBy, type ErrorDescription, errorName } from "../../runtime/errors";

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

/** An error for the log. Of errors that are not ours it gives the name: their texts may hold what was sent, and to whom. */
export function describeError(error: unknown): ErrorDescription {
  return describeErrorBy(error, cause => errorName(cause) ?? typeof cause);
}

/** The same as fields of a log line. */
export function errorFields(error: unknown): { readonly code: string; readonly detail: string } {
  const { code, message } = describeError(error);
  return { code, detail: message };
}
