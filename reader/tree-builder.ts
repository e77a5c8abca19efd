import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Scalar } from "yaml";
import { defined } from "../core/json";
import type { LocatedEntry, LocatedNode, Position } from "../core/users";
import { CURLY_FAULT } from "./repairs";
import type { YamlText } from "./yaml-text";

/**
 * Limits for a file with its aliases replaced: far above any real file, and low enough to stop an alias bomb.
 */
const MAX_NODES = 50_000;
const MAX_DEPTH = 32;
/** The longest part of a comment that a message quotes, in characters. */
const MAX_COMMENT = 80;
/** A problem after which the rest of the file cannot be read. */
export class Stop extends Error {
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

/** Takes a problem at a place of the text. */
export type Report = (at: Position, message: string, hint?: string) => void;

/** Turns a document without syntax errors into a tree with the position of every value. */
export class TreeBuilder {
  readonly #document: Document.Parsed;
  readonly #position: (offset: number) => Position;
  readonly #report: Report;
  readonly #text: string;
  readonly #anchors = new Map<string, Node>();
  /** The collections around the current node: an alias of one of them would have no end. */
  readonly #open = new Set<Node>();
  #nodes = 0;

  /** @param text what the document was parsed from */
  constructor({ document, position }: YamlText, text: string, report: Report) {
    this.#document = document;
    this.#position = position;
    this.#text = text;
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
    if (isScalar(node)) return this.#scalar(node, at);
    this.#open.add(node);
    const collection = this.#collection(node, at, depth, alias);
    this.#open.delete(node);
    return collection;
  }

  #aliased(name: string, at: Position, depth: number): LocatedNode {
    const target = this.#anchors.get(name);
    if (!target) {
      this.#report(
        at,
        `there is no anchor \`&${name}\` before this alias`,
        "write the value out; `*` is no wildcard",
      );
      return { kind: "scalar", at, value: null };
    }
    if (this.#open.has(target))
      throw new Stop(at, `the alias \`*${name}\` is part of its own value`, "write the value out");
    return this.#node(target, at, depth + 1, at);
  }

  #scalar(node: Scalar, at: Position): LocatedNode {
    const { source, value: written } = node;
    const value = written instanceof Date && source !== undefined ? source : written;
    if (value === null) return { kind: "scalar", at, value, ...defined({ hint: this.#commentHint(node) }) };
    if (typeof value === "string")
      return { kind: "scalar", at, value: node.type === "PLAIN" ? this.#uncurled(value, at) : value };
    if (typeof value === "number" || typeof value === "boolean") return { kind: "scalar", at, value };
    this.#report(at, "holds a value of a kind that no field accepts", "write it as text, in quotes");
    return { kind: "scalar", at, value: null };
  }

  /** What an empty value tells if a comment is in its place: `reason: #1234`. */
  #commentHint({ range }: Scalar): string | undefined {
    const offset = range?.[0] ?? this.#text.length;
    const comment = /^ *(#.*)/.exec(this.#text.slice(offset, offset + MAX_COMMENT))?.[1]?.trim();
    return comment && `\`#\` begins a comment: put the value in quotes, as in "${comment}"`;
  }

  /** A text without curly quotes around it, which are reported. */
  #uncurled(text: string, at: Position): string {
    if (!/^(?:[\u201c-\u201f\u00ab\u00bb]|[\u2018-\u201b].*[\u2018-\u201b]$)/s.test(text)) return text;
    const [message, hint] = CURLY_FAULT;
    this.#report(at, message, hint);
    return text.replace(/^[\u2018-\u201f\u00ab\u00bb"]+|[\u2018-\u201f\u00ab\u00bb"]+$/g, "");
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
      const keyWritten = pair.key as Node | null;
      const keyNode = isAlias(keyWritten) ? this.#anchors.get(keyWritten.source) : keyWritten;
      const keyAt = alias ?? (keyWritten?.range ? this.#position(keyWritten.range[0]) : at);
      if (keyWritten && isScalar(keyWritten) && keyWritten.anchor)
        this.#anchors.set(keyWritten.anchor, keyWritten);
      const value: LocatedNode = pair.value
        ? this.#node(pair.value as Node, keyAt, depth + 1, alias)
        : { kind: "scalar", at: keyAt, value: null };
      const written = isScalar(keyNode) ? keyNode.value : undefined;
      const key =
        typeof written === "string" && isScalar(keyNode) && keyNode.type === "PLAIN"
          ? this.#uncurled(written, keyAt)
          : written;
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
