import { InvalidInputError } from "../core/errors";
import { printable, printableColumns } from "../core/printable";
import { type Problem, problemLine } from "../core/users";

/** Gives the line of a file that a problem points at; undefined if it cannot be shown. */
export type LineOf = (problem: Problem) => string | undefined;

const MAX_SHOWN = 160;

/** All problems of a users folder. */
export class UsersError extends InvalidInputError {
  declare readonly problems: readonly Problem[];

  constructor(folder: string, problems: readonly Problem[], lineOf: LineOf = () => undefined) {
    const files = new Set(problems.map(({ file }) => file)).size;
    const count = `${problems.length} ${problems.length === 1 ? "problem" : "problems"}`;
    const lines = [
      `The users in ${printable(folder)} cannot be used:`,
      ...problems.map(problem => problemText(problem, lineOf)),
      `${count} in ${files} ${files === 1 ? "file" : "files"}`,
    ];
    super(lines.join("\n"));
    // Node prints what can be enumerated below an error that nobody catches: everything a second time.
    Object.defineProperty(this, "problems", { value: problems });
  }
}

/** A problem, with its line below it and a mark below the column. */
export function problemText(problem: Problem, lineOf: LineOf): string {
  const line = lineOf(problem);
  if (line === undefined || line.trim() === "") return problemLine(problem);
  const shown = printableColumns(line.length > MAX_SHOWN ? `${line.slice(0, MAX_SHOWN)}…` : line);
  const pointer = problem.column <= shown.length ? `\n    | ${" ".repeat(problem.column - 1)}^` : "";
  return `${problemLine(problem)}\n    | ${shown}${pointer}`;
}
