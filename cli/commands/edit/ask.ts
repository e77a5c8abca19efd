import { nearestHint } from "../../../core/users/nearest";
import type { Io } from "../../terminal/command";
import { CallFailedError, UsageError } from "../../terminal/errors";

/** What is asked for, if an option does not say it. */
export interface Question {
  /** The option or argument, as help names it: `--role <name>`. */
  readonly option: string;
  readonly text: string;
  /** The answers that are possible. Default: any. */
  readonly choices?: readonly string[];
  /** Whether the answer may be empty. */
  readonly isOptional?: boolean;
  /** What is wrong with an answer. */
  readonly fault?: (answer: string) => string | undefined;
}

/**
 * The value, or the answer of the person at the terminal. A wrong answer is asked for again.
 * @returns undefined for an empty answer, which only an optional question takes
 * @throws UsageError without a terminal, CallFailedError if the person ends the input
 */
export async function asked(
  io: Io,
  value: string | undefined,
  question: Question,
): Promise<string | undefined> {
  if (value !== undefined) return value;
  const { choices = [], fault, isOptional = false, option, text } = question;
  if (!io.prompt) {
    if (isOptional) return undefined;
    throw new UsageError(`\`${option}\` is missing`);
  }
  const shown = choices.length > 0 ? `${text} (${choices.join(", ")})` : text;
  for (;;) {
    const answer = (await io.prompt(`${shown}${isOptional ? ", or nothing" : ""}: `))?.trim();
    if (answer === undefined)
      throw new CallFailedError({ what: "Stopped", reason: "nothing was changed" }, undefined);
    if (answer === "" && isOptional) return undefined;
    const wrong =
      answer === ""
        ? "an answer is needed"
        : choices.length > 0 && !choices.includes(answer)
          ? `"${answer}" is none of them; ${nearestHint(answer, choices, "")}`
          : fault?.(answer);
    if (wrong === undefined) return answer;
    io.err(wrong);
  }
}
