import {
  type Document,
  isCollection,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLError,
} from "yaml";
import type { Position } from "../core/users";

/** How many errors are looked at for the first one; the cause of a later one may be before it. */
const MAX_ERRORS = 20;

/** A text as YAML: its document, and positions in it. */
export interface YamlText {
  readonly document: Document.Parsed;
  position(offset: number): Position;
}

/** Parses YAML 1.2: dates and `yes` are text. Does not throw. */
export function parseYaml(text: string): YamlText {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {
    version: "1.2",
    schema: "core",
    uniqueKeys: false,
    prettyErrors: false,
    lineCounter,
    logLevel: "error",
  });
  const position = (offset: number): Position => {
    const { line, col } = lineCounter.linePos(Math.min(offset, text.length));
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  return { document, position };
}

/** A violation of YAML's syntax, where its cause is: an unclosed quote is found where the quote opens. */
export interface SyntaxFault {
  readonly code: YAMLError["code"];
  readonly message: string;
  readonly at: Position;
  /** The character that opens what is not closed. */
  readonly unclosed?: "'" | '"' | "[" | "{";
}

/** The first violation of the text; undefined if it is YAML. */
export function firstFault({ document, position }: YamlText): SyntaxFault | undefined {
  const deep = document.errors.find(({ code }) => code === "RESOURCE_EXHAUSTION");
  const errors = deep ? [deep] : document.errors.slice(0, MAX_ERRORS);
  const faults = errors.map(error => {
    const { code, message } = error;
    const opening = openingOf(document, error);
    return { code, message, at: position(opening?.start ?? error.pos[0]), ...opening?.unclosed };
  });
  // The bracket around an unclosed quote is only unclosed because of it.
  const quote = faults.find(({ unclosed }) => unclosed === "'" || unclosed === '"');
  return (
    quote ??
    faults.reduce<SyntaxFault | undefined>(
      (first, next) => (first && !isBefore(next.at, first.at) ? first : next),
      undefined,
    )
  );
}

export const isBefore = (a: Position, b: Position): boolean =>
  a.line < b.line || (a.line === b.line && a.column < b.column);

/** Where the quote or bracket opens whose end the error misses. */
function openingOf(document: Document.Parsed, { code, message, pos }: YAMLError) {
  if (code !== "MISSING_CHAR" && code !== "BAD_INDENT") return undefined;
  const quote = /^Missing closing (['"])quote/.exec(message)?.[1];
  const bracket = /^Flow .* end with a ([\]}])$/.exec(message)?.[1];
  if (!quote && !bracket) return undefined;
  const unclosed = (quote ?? (bracket === "]" ? "[" : "{")) as NonNullable<SyntaxFault["unclosed"]>;
  let start: number | undefined;
  visit(document, {
    Node: (_, node) => {
      const from = (node as Node).range?.[0];
      if (from !== undefined && from <= pos[0] && opens(node as Node, unclosed) && from >= (start ?? 0))
        start = from;
    },
  });
  return start === undefined ? undefined : { start, unclosed: { unclosed } };
}

function opens(node: Node, character: string): boolean {
  if (isScalar(node))
    return node.type === (character === "'" ? "QUOTE_SINGLE" : "QUOTE_DOUBLE") && "'\"".includes(character);
  if (!isCollection(node) || !node.flow) return false;
  return character === (node.constructor.name === "YAMLMap" ? "{" : "[");
}
