import { AccessError } from "../../../core/errors";
import { CausedError, describeErrorBy, errorName } from "../../runtime/errors";

export { InternalError } from "../../../core/errors";

/** The notifier's configuration, which Terraform wrote, cannot be read or is not valid. */
export class ConfigurationError extends CausedError {
  readonly code = "ConfigurationUnusable";
}

/** A message in the queue is no event of ours. */
export class EventError extends AccessError {
  readonly code = "EventUnusable";
}

/** A recipient's address is no e-mail address. */
export class RecipientError extends AccessError {
  readonly code = "RecipientUnusable";
}

/** The secret of a mail server or webhook cannot be read or is not valid. */
export class SecretError extends CausedError {
  readonly code = "SecretUnusable";
}

/** A channel did not accept a message. Never holds a secret, such as a webhook's address. */
export class DeliveryError extends AccessError {
  readonly code = "DeliveryFailed";
}

/**
 * An error as fields of a log line. Of errors that are not ours only the name is logged: their texts may hold
 * what was sent, and to which address.
 */
export function errorFields(error: unknown): { readonly code: string; readonly detail: string } {
  const { code, message } = describeErrorBy(error, other => errorName(other) ?? typeof other);
  return { code, detail: message };
}
