import { InvalidInputError } from "../core/errors";
import { type Problem, problemLine } from "../core/users";

/** The line of a file that a problem points at; undefined where it cannot be shown. */
export type LineOf = (problem: Problem) => string | undefined;

const MAX_SHOWN = 160;

/** Everything that is wrong in a users folder, in one error. */
export class UsersError extends InvalidInputError {
  constructor(
    folder: string,
    readonly problems: readonly Problem[],
    lineOf: LineOf = () => undefined,
  ) {
    const files = new Set(problems.map(({ file }) => file)).size;
    const count = `${problems.length} ${problems.length === 1 ? "problem" : "problems"} in ${files} ${files === 1 ? "file" : "files"}`;
    super(
      [
        `The users in ${folder} cannot be used:`,
        ...problems.map(problem => problemText(problem, lineOf)),
        count,
      ].join("\n"),
    );
  }
}

/** A problem with the line that it points at under it. */
export function problemText(problem: Problem, lineOf: LineOf): string {
  const line = lineOf(problem)?.replace(/\p{Cc}/gu, " ");
  if (line === undefined || line.trim() === "") return problemLine(problem);
  const shown = line.length > MAX_SHOWN ? `${line.slice(0, MAX_SHOWN)}…` : line;
  const pointer = problem.column <= shown.length ? `\n    | ${" ".repeat(problem.column - 1)}^` : "";
  return `${problemLine(problem)}\n    | ${shown}${pointer}`;
}
