/** A part of the local cloud could not be had or did not work. The message says what to install or do. */
export class LocalError extends Error {
  override readonly name: string = "LocalError";
}

/** Something that has to be installed first is missing. */
export class MissingPartError extends LocalError {
  override readonly name = "MissingPartError";
}
