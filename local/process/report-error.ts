import { errorText } from "../../lambdas/runtime/errors";

/** Writes an error that no caller handles to standard error, with the part that it happened in. */
export function reportError(part: string, error: unknown): void {
  process.stderr.write(`${part}: ${errorText(error)}\n`);
}
