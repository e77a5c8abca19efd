import { type LocatedNode, type NodePath, nodeAt, positionOf, type UsersFile } from "./located-node";
import { type ProblemDetails, type Problems, problemAt } from "./problem";

/** A field of a file, or the place where one could be: reads its value, and reports problems there. */
export class Field {
  readonly file: UsersFile;
  readonly path: NodePath;
  readonly #problems: Problems;

  /** @param path from the file's root. Default: the root itself */
  constructor(file: UsersFile, problems: Problems, path: NodePath = []) {
    this.file = file;
    this.path = path;
    this.#problems = problems;
  }

  /** A field further in. */
  at(...keys: NodePath): Field {
    return new Field(this.file, this.#problems, [...this.path, ...keys]);
  }

  /** What the file has there; undefined if nothing. */
  node(): LocatedNode | undefined {
    return nodeAt(this.file.tree, this.path);
  }

  /** The field's text; undefined if it has none or an empty one. */
  text(): string | undefined {
    const node = this.node();
    return node?.kind === "scalar" && typeof node.value === "string" && node.value !== ""
      ? node.value
      : undefined;
  }

  /** Whether the field is `true`. */
  isTrue(): boolean {
    const node = this.node();
    return node?.kind === "scalar" && node.value === true;
  }

  /** The keys of the field's map; none if it is no map. */
  keys(): string[] {
    const node = this.node();
    return node?.kind === "map" ? node.entries.map(entry => entry.key) : [];
  }

  /** The items of the field's list; none if it is no list. */
  items(): Field[] {
    const node = this.node();
    return node?.kind === "list" ? node.items.map((_, index) => this.at(index)) : [];
  }

  /** `users/jane.doe.yaml:7` */
  place(): string {
    return `${this.file.file}:${positionOf(this.file.tree, this.path).line}`;
  }

  /** Reports a problem, unless one of the same value is reported: a wrong value is one mistake. */
  error(message: string, details?: ProblemDetails): void {
    if (this.node()?.kind === "scalar" && !this.#problems.isFirst(this.file.file, this.path)) return;
    this.#problems.errors.push(problemAt(this.file, this.path, message, details));
  }

  warn(message: string, details?: ProblemDetails): void {
    this.#problems.warnings.push(problemAt(this.file, this.path, message, details));
  }
}
