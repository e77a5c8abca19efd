import { defined } from "../core/json";
import type { Position, Problem, UsersFile } from "../core/users";
import { recover } from "./recover";
import { Stop, TreeBuilder } from "./tree-builder";

/** A file's tree, and the problems of its YAML. */
export interface ParsedFile {
  readonly file: UsersFile;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** Lines, from 1, whose content could not be read. What is said of their values means nothing. */
  readonly unread: ReadonlySet<number>;
}

/**
 * Parses one file into a tree with the position of every value. Follows aliases, within limits. Duplicate
 * keys, a second document and invalid YAML are problems. A file with invalid YAML has a tree, too, if the
 * rest
 * of it can be read, so that its other problems are found.
 */
export function parseFile(file: string, name: string, text: string): ParsedFile {
  const { yaml, faults, unread, original, text: repaired } = recover(text);
  const problem = (at: Position, message: string, hint?: string): Problem => ({
    file,
    ...at,
    path: "",
    message,
    ...defined({ hint: hint || undefined }),
  });
  const problems = faults.map(({ at, message, hint }) => problem(at, message, hint));
  if (!yaml) return { file: { file, name }, problems, warnings: [], unread };
  const { document, position } = yaml;
  const inFile = { document, position: (offset: number) => original(position(offset)) };
  const warnings = document.warnings.map(({ message, pos }) =>
    problem(inFile.position(pos[0]), message.charAt(0).toLowerCase() + message.slice(1)),
  );
  try {
    const tree = new TreeBuilder(inFile, repaired, (at, message, hint) =>
      problems.push(problem(at, message, hint)),
    ).build();
    const broken = unread.size > 0 ? "partial" : faults.length > 0 ? "repaired" : undefined;
    return { file: { file, name, tree, ...defined({ broken } as const) }, problems, warnings, unread };
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    problems.push(problem(error.at, error.problem, error.hint));
    return { file: { file, name }, problems, warnings, unread };
  }
}
