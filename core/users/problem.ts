import { byCodeUnit } from "../json";
import { type NodePath, pathText, positionOf, type UsersFile } from "./located-node";

/** One thing in one file that cannot be, or, as a warning, that is probably not meant. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The field: `grants[0].role`. Empty where it is the file as a whole. */
  readonly path: string;
  /** What is wrong. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** A problem at a field of a file. `of: "key"` points at the field's key. */
export function problemAt(
  source: UsersFile,
  path: NodePath,
  message: string,
  hint?: string,
  of: "key" | "value" = "value",
): Problem {
  const { line, column } = positionOf(source.tree, path, of);
  return {
    file: source.file,
    line,
    column,
    path: pathText(path),
    message,
    ...(hint === undefined ? {} : { hint }),
  };
}

/** `users/jane.doe.yaml:7` */
export const placeOf = (source: UsersFile, path: NodePath): string =>
  `${source.file}:${positionOf(source.tree, path).line}`;

/** `users/jane.doe.yaml:7:11 grants[0].role: unknown role "raed"; did you mean "read"?` */
export const problemLine = (problem: Problem): string =>
  `${problem.file}:${problem.line}:${problem.column}${problem.path ? ` ${problem.path}` : ""}: ${problem.message}${problem.hint ? `; ${problem.hint}` : ""}`;

/** By file, line, column, path and message: the same on every machine. */
export const sortProblems = (problems: readonly Problem[]): Problem[] =>
  [...problems].sort(
    (a, b) =>
      byCodeUnit(a.file, b.file) ||
      a.line - b.line ||
      a.column - b.column ||
      byCodeUnit(a.path, b.path) ||
      byCodeUnit(a.message, b.message),
  );
