import { byCodeUnit, defined } from "../json";
import { printable } from "../printable";
import { type NodePath, nodeAt, pathText, positionOf, type UsersFile } from "./located-node";

/** One mistake in one file, or, as a warning, something that is probably not meant. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The field: `grants[0].role`. Empty for the file as a whole. */
  readonly path: string;
  /** What is wrong. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** Collects the problems of all files, so that they are reported together. */
export class Problems {
  readonly errors: Problem[] = [];
  readonly warnings: Problem[] = [];
  readonly #reported = new Set<string>();

  /** Whether nobody has asked for this value before. */
  isFirst(file: string, path: NodePath): boolean {
    const key = JSON.stringify([file, path]);
    const { size } = this.#reported;
    return this.#reported.add(key).size > size;
  }
}

/** What is wrong with a text, and what to do about it. */
export interface Fault {
  readonly message: string;
  readonly hint: string;
}
export const fault = (message: string, hint: string): Fault => ({ message, hint });

/** What a problem says in addition to its message. */
export interface ProblemDetails {
  readonly hint?: string | undefined;
  /** Whether the problem's position is that of the field's key. Default: that of its value. */
  readonly of?: "key" | "value";
}

/** A problem at a field of a file. */
export function problemAt(
  { file, tree }: UsersFile,
  path: NodePath,
  message: string,
  { hint, of }: ProblemDetails = {},
): Problem {
  const { line, column } = positionOf(tree, path, of);
  const node = nodeAt(tree, path);
  const better = of !== "key" && node?.kind === "scalar" ? node.hint : undefined;
  return { file, line, column, path: pathText(path), message, ...defined({ hint: better ?? hint }) };
}

/** `users/jane.doe.yaml:7:11 grants[0].role: unknown role "raed"; did you mean "read"?` */
export function problemLine({ file, line, column, path, message, hint }: Problem): string {
  const place = `${file}:${line}:${column}${path ? ` ${path}` : ""}`;
  return printable(`${place}: ${message}${hint ? `; ${hint}` : ""}`);
}

/** By file, line, column, path and message: the same order on every machine. */
export const sortProblems = (problems: readonly Problem[]): Problem[] =>
  [...problems].sort(
    (a, b) =>
      byCodeUnit(a.file, b.file) ||
      a.line - b.line ||
      a.column - b.column ||
      byCodeUnit(a.path, b.path) ||
      byCodeUnit(a.message, b.message),
  );
