import { causedErrorWith, describeErrorBy, errorName, errorWith } from "../../runtime/errors";

export { InternalError } from "../../../core/errors";

/** The notifier's configuration, which Terraform wrote, cannot be read or is not valid. */
export class ConfigurationError extends causedErrorWith("ConfigurationUnusable") {}

/** A message in the queue is no event of ours. */
export class EventError extends errorWith("EventUnusable") {}

/** A recipient's address is no e-mail address. */
export class RecipientError extends errorWith("RecipientUnusable") {}

/** The secret of a mail server or webhook cannot be read or is not valid. */
export class SecretError extends causedErrorWith("SecretUnusable") {}

/** A channel did not accept a message. Never holds a secret, such as a webhook's address. */
export class DeliveryError extends errorWith("DeliveryFailed") {}

/**
 * An error as fields of a log line. Of errors that are not ours only the name is logged: their texts may hold
 * what was sent, and to which address.
 */
export function errorFields(error: unknown): { readonly code: string; readonly detail: string } {
  const { code, message } = describeErrorBy(error, other => errorName(other) ?? typeof other);
  return { code, detail: message };
}
