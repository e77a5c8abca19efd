/** A part of the local cloud is missing or failed. The message says what to do. */
export class LocalError extends Error {
  override readonly name: string = "LocalError";
}

/** A part is missing. The message says what to install. */
export class MissingPartError extends LocalError {
  override readonly name = "MissingPartError";
}
