import type { Position } from "../core/users";
import { mergeConflicts } from "./merge-conflicts";
import { mistakenIndentation, type Repair, repairsOf } from "./repairs";
import { firstFault, isBefore, parseYaml, type SyntaxFault, type YamlText } from "./yaml-text";

/** Texts that are larger are not repaired: their first fault is all that is reported. */
const MAX_REPAIRED = 64 * 1024;
const MAX_FAULTS = 10;
const START: Position = { line: 1, column: 1 };
const END: Position = { line: Number.POSITIVE_INFINITY, column: 1 };

/** A mistake of the YAML, at its place in the file. */
export interface YamlFault {
  readonly at: Position;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** A file's YAML, made readable line by line where it was not. */
export interface Recovered {
  /** Absent if the file could not be made readable. */
  readonly yaml?: YamlText;
  /** The repaired text: `yaml` was parsed from it. */
  readonly text: string;
  readonly faults: readonly YamlFault[];
  /** Lines, from 1, whose content was left out. */
  readonly unread: ReadonlySet<number>;
  /** The place in the file of a place in the repaired text. */
  original(at: Position): Position;
}

/**
 * Parses a text. Where it is not YAML, each mistake is reported once, at its cause. The text without it is
 * parsed again, and what that gives serves only to find the other mistakes of the file.
 */
export function recover(text: string): Recovered {
  const source = new Lines(text);
  const recovery = new Recovery(source);
  for (const conflict of mergeConflicts(source.lines)) recovery.leaveOut(conflict);
  for (const repair of mistakenIndentation(recovery.lines.lines)) recovery.accept(repair, START);
  return recovery.run();
}

/** A text as lines; their ends stay as they were. */
class Lines {
  readonly lines: readonly string[];
  readonly #ends: readonly string[];

  constructor(text: string, parts = text.split(/(\r?\n)/)) {
    this.lines = parts.filter((_, index) => index % 2 === 0);
    this.#ends = parts.filter((_, index) => index % 2 === 1);
  }

  with(replaced: ReadonlyMap<number, string>): Lines {
    const parts = this.lines.flatMap((line, index) => [replaced.get(index) ?? line, this.#ends[index] ?? ""]);
    return new Lines("", parts);
  }

  toString(): string {
    return this.lines.map((line, index) => line + (this.#ends[index] ?? "")).join("");
  }
}

class Recovery {
  lines: Lines;
  readonly #source: Lines;
  readonly #faults: YamlFault[] = [];
  readonly #unread = new Set<number>();

  constructor(source: Lines) {
    this.#source = source;
    this.lines = source;
  }

  run(): Recovered {
    let yaml = parseYaml(this.lines.toString());
    let fault = firstFault(yaml);
    while (fault) {
      const next = this.#step(fault);
      if (!next || this.#faults.length >= MAX_FAULTS) return this.#result(undefined);
      yaml = next;
      fault = firstFault(yaml);
    }
    return this.#result(yaml);
  }

  #result(yaml: YamlText | undefined): Recovered {
    const original = (at: Position) => this.#original(at);
    const text = this.lines.toString();
    const found = { text, faults: this.#faults, unread: this.#unread, original };
    return yaml ? { yaml, ...found } : found;
  }

  /** Reports a mistake whose lines are not read. */
  leaveOut(repair: Repair): void {
    this.accept(repair, START);
    for (const index of repair.lines.keys()) this.#unread.add(index + 1);
  }

  accept({ at, message, hint, lines }: Repair, where: Position): void {
    const place = at ? { line: at.line + 1, column: at.column + 1 } : where;
    this.#faults.push({ at: this.#original(place), message, hint });
    this.lines = this.lines.with(lines);
  }

  /** Reports one fault. @returns the text without it, or nothing if it cannot be read without it */
  #step(fault: SyntaxFault): YamlText | undefined {
    const isLarge = this.lines.toString().length > MAX_REPAIRED;
    if (fault.code === "RESOURCE_EXHAUSTION" || isLarge) {
      this.#report(fault);
      return undefined;
    }
    const repair = this.#best(repairsOf(this.lines.lines, fault), ({ lines }) => lines, fault);
    if (repair) {
      this.accept(repair.choice, fault.at);
      return repair.yaml;
    }
    this.#report(fault);
    const rest = this.#best(leftOut(this.lines.lines, fault), lines => lines, fault);
    if (!rest) return undefined;
    this.lines = this.lines.with(rest.choice);
    for (const index of rest.choice.keys()) this.#unread.add(index + 1);
    return rest.yaml;
  }

  /** The choice after which the text is YAML the furthest, and further than now; of equals the first. */
  #best<T>(
    choices: readonly T[],
    linesOf: (choice: T) => ReadonlyMap<number, string>,
    { at }: SyntaxFault,
  ): { choice: T; yaml: YamlText } | undefined {
    let best: { choice: T; yaml: YamlText; until: Position } | undefined;
    let until: Position = { line: at.line, column: at.column + 1 };
    for (const choice of choices) {
      const yaml = parseYaml(this.lines.with(linesOf(choice)).toString());
      const reached = firstFault(yaml)?.at ?? END;
      if (isBefore(until, reached)) best = { choice, yaml, until: reached };
      until = best?.until ?? until;
    }
    return best;
  }

  #report({ code, message, at }: SyntaxFault): void {
    const [description, hint] = SYNTAX[code] ?? wordsOf(message);
    this.#faults.push({ at: this.#original(at), message: description, hint });
  }

  #original({ line, column }: Position): Position {
    const written = this.#source.lines[line - 1] ?? "";
    const repaired = this.lines.lines[line - 1] ?? "";
    // A line without repairs may be long, and may hold very many places.
    if (written === repaired) return { line, column };
    let same = 0;
    while (same < written.length && written[same] === repaired[same]) same++;
    if (column - 1 <= same) return { line, column };
    return { line, column: Math.max(same, column - 1 + written.length - repaired.length) + 1 };
  }
}

/** Ways to leave out the line of a fault: its value and what is below it, or all of it. */
function leftOut(lines: readonly string[], { code, at }: SyntaxFault): Map<number, string>[] {
  const index = at.line - 1;
  const blank = (from: number, until: number) =>
    Array.from({ length: Math.max(0, until - from) }, (_, step) => [from + step, ""] as const);
  if (code === "MULTIPLE_DOCS") return [new Map(blank(index, lines.length))];
  const key = /^(\s*(?:- +)*)([\w.-]+|"[^"]*"|'[^']*') *:(?= |$)/.exec(lines[index] ?? "");
  const all = new Map(blank(index, index + 1));
  if (!key) return [all];
  let end = index + 1;
  while (end < lines.length && (lines[end]!.trim() === "" || lines[end]!.search(/\S/) > key[1]!.length))
    end++;
  return [new Map([[index, `${key[0]} ""`], ...blank(index + 1, end)]), all];
}

const SYNTAX: Record<string, readonly [message: string, hint?: string]> = {
  RESOURCE_EXHAUSTION: ["is nested too deeply"],
  TAB_AS_INDENT: ["a tab cannot indent in YAML", "use spaces"],
  MULTIPLE_DOCS: ["a second document begins here (`---`)", "one file holds one document"],
  BLOCK_AS_IMPLICIT_KEY: [
    "is not YAML: a value contains `: `, which begins another value",
    "put the value in quotes",
  ],
  BAD_DQ_ESCAPE: [
    "is not YAML: `\\` begins an escape between double quotes, and this is none",
    "write `\\\\`, or use single quotes",
  ],
  MULTILINE_IMPLICIT_KEY: ["is not YAML: this line is neither `key: value` nor `- item`", "write it as one"],
};

function wordsOf(message: string): readonly [message: string, hint?: string] {
  if (/^Unexpected scalar at node end/.test(message))
    return [
      "is not YAML: text follows the quote that ends the value",
      "put the whole value in quotes; between single quotes, `''` is an apostrophe",
    ];
  if (/^Implicit map keys need to be followed/.test(message)) return SYNTAX["MULTILINE_IMPLICIT_KEY"]!;
  return [`is not YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`];
}
