/**
 * Base of every error that this project throws on purpose.
 * `code` is stable and meant for scripts; the message says what happened, where, and what to do.
 */
export abstract class AccessError extends Error {
  abstract readonly code: string;

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** What the user wrote cannot be: the user mends it. */
export class InvalidInputError extends AccessError {
  readonly code = "InvalidInput";
}

/** A roster asks for more than the cluster's ceiling, or touches what is never touched. */
export class CeilingError extends AccessError {
  readonly code = "AboveCeiling";
}

/** The payload's protocol number is one that this function does not speak. */
export class ProtocolError extends AccessError {
  readonly code = "UnknownProtocol";
}

/** A bug of ours: something that the code around it should have made impossible. */
export class InternalError extends AccessError {
  readonly code = "Internal";
}
