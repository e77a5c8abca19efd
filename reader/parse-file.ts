import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import { defined } from "../core/json";
import type { LocatedEntry, LocatedNode, Position, Problem, UsersFile } from "../core/users";

/**
 * Limits for a file with its aliases replaced: far above any real file, and low enough to stop an alias bomb.
 */
const MAX_NODES = 50_000;
const MAX_DEPTH = 32;
const MAX_SYNTAX_PROBLEMS = 5;

/** A file's tree, and the problems of its YAML. */
export interface ParsedFile {
  readonly file: UsersFile;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** Thrown and caught in this module only: a problem after which the rest of the file cannot be read. */
class Stop extends Error {
  readonly at: Position;
  readonly problem: string;
  readonly hint: string;

  constructor(at: Position, problem: string, hint: string) {
    super(problem);
    this.at = at;
    this.problem = problem;
    this.hint = hint;
  }
}

/**
 * Parses one file into a tree with the position of every value. It is YAML 1.2: dates and `yes` are text.
 * Follows aliases, within limits. Duplicate keys, a second document and invalid YAML are problems.
 */
export function parseFile(file: string, name: string, text: string): ParsedFile {
  const lines = new LineCounter();
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(Math.min(offset, text.length));
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const problem = (at: Position, message: string, hint?: string): Problem => ({
    file,
    ...at,
    path: "",
    message,
    ...defined({ hint: hint || undefined }),
  });

  const document = parseDocument(text, {
    version: "1.2",
    schema: "core",
    uniqueKeys: false,
    prettyErrors: false,
    lineCounter: lines,
    logLevel: "error",
  });
  const warnings = document.warnings.map(({ message, pos }) =>
    problem(position(pos[0]), plainSentence(message)),
  );
  if (document.errors.length > 0) {
    const byLine = new Map<number, Problem>();
    for (const { code, message, pos } of document.errors) {
      const at = position(pos[0]);
      if (code === "RESOURCE_EXHAUSTION")
        return { file: { file, name }, problems: [problem(at, "is nested too deeply")], warnings };
      const [description, hint] = SYNTAX[code] ?? [`is not YAML: ${plainSentence(message)}`, undefined];
      if (!byLine.has(at.line) && byLine.size < MAX_SYNTAX_PROBLEMS)
        byLine.set(at.line, problem(at, description, hint));
    }
    return { file: { file, name }, problems: [...byLine.values()], warnings };
  }

  const problems: Problem[] = [];
  try {
    const tree = new TreeBuilder(document, position, (at, message, hint) =>
      problems.push(problem(at, message, hint)),
    ).build();
    return { file: { file, name, tree }, problems, warnings };
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    return {
      file: { file, name },
      problems: [...problems, problem(error.at, error.problem, error.hint)],
      warnings,
    };
  }
}

const SYNTAX: Record<string, [message: string, hint: string]> = {
  TAB_AS_INDENT: ["a tab cannot indent in YAML", "use spaces"],
  MULTIPLE_DOCS: ["a second document begins here (`---`)", "one file holds one document"],
  BLOCK_AS_IMPLICIT_KEY: [
    "is not YAML: a value contains `: `, which begins another value",
    "put the value in quotes",
  ],
};

const plainSentence = (message: string) => message.charAt(0).toLowerCase() + message.slice(1);

type Report = (at: Position, message: string, hint?: string) => void;

class TreeBuilder {
  readonly #document: Document.Parsed;
  readonly #position: (offset: number) => Position;
  readonly #report: Report;
  readonly #anchors = new Map<string, Node>();
  /** The collections around the current node: an alias of one of them would have no end. */
  readonly #open = new Set<Node>();
  #nodes = 0;

  constructor(document: Document.Parsed, position: (offset: number) => Position, report: Report) {
    this.#document = document;
    this.#position = position;
    this.#report = report;
  }

  build(): LocatedNode {
    const root = this.#document.contents as Node | null;
    const start = { line: 1, column: 1 };
    // An empty file, or one with comments only, is a map without keys.
    if (!root || (isScalar(root) && (root.value === null || root.value === undefined)))
      return { kind: "map", at: start, entries: [] };
    return this.#node(root, start, 0);
  }

  /**
   * @param alias position of the YAML alias that led here: problems in the aliased node are reported there
   */
  #node(node: Node, around: Position, depth: number, alias?: Position): LocatedNode {
    const at = alias ?? (node.range ? this.#position(node.range[0]) : around);
    if (++this.#nodes > MAX_NODES)
      throw new Stop(at, `holds more than ${MAX_NODES} values`, "replace the aliases by their values");
    if (depth > MAX_DEPTH) throw new Stop(at, "is nested too deeply", "users files are flat");
    if (isAlias(node)) return this.#aliased(node.source, at, depth);
    if (node.anchor) this.#anchors.set(node.anchor, node);
    if (isScalar(node)) return { kind: "scalar", at, value: this.#scalar(node.value, node.source, at) };
    this.#open.add(node);
    const collection = this.#collection(node, at, depth, alias);
    this.#open.delete(node);
    return collection;
  }

  #aliased(name: string, at: Position, depth: number): LocatedNode {
    const target = this.#anchors.get(name);
    if (!target)
      throw new Stop(at, `there is no anchor \`&${name}\` before this alias`, "write the value out");
    if (this.#open.has(target))
      throw new Stop(at, `the alias \`*${name}\` is part of its own value`, "write the value out");
    return this.#node(target, at, depth + 1, at);
  }

  #scalar(value: unknown, source: string | undefined, at: Position): string | number | boolean | null {
    if (
      value === null ||
      typeof value === "string" ||
      typeof value === "number" ||
      typeof value === "boolean"
    )
      return value;
    if (value instanceof Date && source !== undefined) return source;
    this.#report(at, "holds a value of a kind that no field accepts", "write it as text, in quotes");
    return null;
  }

  #collection(node: Node, at: Position, depth: number, alias: Position | undefined): LocatedNode {
    if (isSeq(node)) {
      return {
        kind: "list",
        at,
        items: node.items.map(item => this.#node(item as Node, at, depth + 1, alias)),
      };
    }
    if (!isMap(node)) throw new Stop(at, "cannot be part of a users file", "write maps, lists and text");
    const entries = new Map<string, LocatedEntry>();
    for (const pair of node.items) {
      const written = pair.key as Node | null;
      const keyNode = isAlias(written) ? this.#anchors.get(written.source) : written;
      const keyAt = alias ?? (written?.range ? this.#position(written.range[0]) : at);
      if (written && isScalar(written) && written.anchor) this.#anchors.set(written.anchor, written);
      const value: LocatedNode = pair.value
        ? this.#node(pair.value as Node, keyAt, depth + 1, alias)
        : { kind: "scalar", at: keyAt, value: null };
      const key = isScalar(keyNode) ? keyNode.value : undefined;
      if (typeof key !== "string") {
        this.#report(keyAt, "a key must be text", "put it in quotes, or write `key: value`");
        continue;
      }
      const before = entries.get(key);
      if (before)
        this.#report(
          keyAt,
          `the key "${key}" is here twice (also in line ${before.keyAt.line})`,
          "leave one out",
        );
      else entries.set(key, { key, keyAt, value });
    }
    return { kind: "map", at, entries: [...entries.values()] };
  }
}
