import { AccessError } from "../../core/errors";
import { printable } from "../../core/printable";

/** An AWS client's error as text. AWS's messages name ARNs and actions, never the value of a secret. */
export const errorText = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);

/** The name of an error, where its message may hold what must not be logged. */
export const errorName = (error: unknown): string | undefined =>
  error instanceof Error ? error.name : undefined;

/**
 * An error of ours that may have another as its cause: its sentence then ends with the cause's text and the
 * advice.
 */
export abstract class CausedError extends AccessError {
  /** @param what happened, and where: `orders: the ledger could not be read` */
  constructor(what: string, options: { cause?: unknown; advice?: string | undefined } = {}) {
    const { cause, advice } = options;
    const because = cause === undefined ? "" : `: ${errorText(cause)}`;
    const message = `${what}${because}${advice === undefined ? "" : `. ${advice}`}`;
    super(message, cause === undefined ? {} : { cause });
  }
}

/** The base of a class of errors that have one code. */
export const errorWith = <C extends string>(code: C) =>
  class extends AccessError {
    readonly code = code;
  };

/** The same for errors that may have another as their cause. */
export const causedErrorWith = <C extends string>(code: C) =>
  class extends CausedError {
    readonly code = code;
  };

/** A stable code, and a sentence for people. */
export interface ErrorDescription {
  readonly code: string;
  readonly message: string;
}

/** Describes an error on one printable line: ours by its own sentence, any other by `unexpected`. */
export const describeErrorBy = (error: unknown, unexpected: (error: unknown) => string): ErrorDescription =>
  error instanceof AccessError
    ? { code: error.code, message: printable(error.message) }
    : { code: "Internal", message: printable(unexpected(error)) };
