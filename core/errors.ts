/**
 * Base of all errors that this project throws on purpose. `code` is stable and meant for scripts. The message
 * says what happened, where, and what to do.
 */
export abstract class AccessError extends Error {
  abstract readonly code: string;

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The user's input is not possible; the user has to correct it. */
export class InvalidInputError extends AccessError {
  readonly code = "InvalidInput";
}

/**
 * A roster asks for more than the cluster's ceiling allows, or for accounts or databases that are never
 * touched.
 */
export class CeilingError extends AccessError {
  readonly code = "AboveCeiling";
}

/** The function does not know the payload's protocol number. */
export class ProtocolError extends AccessError {
  readonly code = "UnknownProtocol";
}

/** A bug of ours: a state that the surrounding code should have made impossible. */
export class InternalError extends AccessError {
  readonly code = "Internal";
}
