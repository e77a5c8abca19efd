/** The command cannot be called like this: exit code 2. */
export class UsageError extends Error {
  /** The message as the command line prints it. */
  get line(): string {
    return `aurora-users: ${this.message}`;
  }
}

/** What a command could not do. The reason is AWS's or the system's own text. */
export interface Failure {
  /** A clause: `No token could be made`. */
  readonly what: string;
  readonly reason: string;
  /** What the user can do, as a sentence. */
  readonly hint?: string;
}

/** A call failed for a reason outside this program: exit code 1, without a stack. */
export class CallFailedError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure, cause: unknown) {
    const { what, reason, hint } = failure;
    super(`${what}: ${reason}${hint === undefined ? "" : `. ${hint}`}`, { cause });
    this.failure = failure;
  }
}

/** AWS did not answer as asked, and the error's name says why: exit code 1, without a stack. */
export class AwsProblemError extends Error {
  constructor(message: string, { cause }: ErrorOptions = {}) {
    super(message, { cause });
  }
}

/** The name and the text of an error. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : `Error: ${error}`;
}
