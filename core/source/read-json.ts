/** A value read from JSON, or the first problem of the text, with line and column. */
export type ReadJson = { readonly value: unknown } | { readonly problem: string };

/** Far deeper than any document needs. */
const MAX_DEPTH = 32;

const SPACE = /[ \t\n\r]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON allows none of them
const TEXT = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /true|false|null/y;

/** Thrown inside this file only. */
class Fault extends Error {
  readonly problem: string;

  constructor(problem: string) {
    super(problem);
    this.problem = problem;
  }
}

/**
 * Reads JSON more strictly than `JSON.parse`, for text that nobody reviewed. A key that occurs twice and the
 * key `__proto__` are refused, nesting has a limit, and every problem has its position.
 */
export function readJson(text: string): ReadJson {
  try {
    return { value: new JsonReader(text).read() };
  } catch (error) {
    if (error instanceof Fault) return { problem: error.problem };
    throw error;
  }
}

class JsonReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): unknown {
    if (this.#text.startsWith("\ufeff")) this.#at = 1;
    this.#take(SPACE);
    const value = this.#value(0);
    if (this.#at < this.#text.length) this.#fail(`expected the end of the text, found ${this.#next()}`);
    return value;
  }

  #value(depth: number): unknown {
    if (depth > MAX_DEPTH) this.#fail(`nested deeper than ${MAX_DEPTH} levels`);
    const first = this.#text[this.#at];
    if (first === "{") return this.#members(depth);
    if (first === "[") return this.#items(depth);
    if (first === '"') return this.#string();
    const scalar = this.#take(NUMBER) ?? this.#take(WORD);
    if (scalar === undefined) return this.#fail(`expected a value, found ${this.#next()}`);
    this.#take(SPACE);
    return JSON.parse(scalar) as unknown;
  }

  #members(depth: number): Record<string, unknown> {
    const members = new Map<string, unknown>();
    this.#expect("{");
    while (this.#text[this.#at] !== "}") {
      if (members.size > 0) this.#expect(",");
      const start = this.#at;
      const key = this.#string();
      if (members.has(key)) this.#fail(`the key ${JSON.stringify(key)} is here twice`, start);
      if (key === "__proto__") this.#fail("`__proto__` cannot be a key", start);
      this.#expect(":");
      members.set(key, this.#value(depth + 1));
    }
    this.#expect("}");
    return Object.fromEntries(members);
  }

  #items(depth: number): unknown[] {
    const items: unknown[] = [];
    this.#expect("[");
    while (this.#text[this.#at] !== "]") {
      if (items.length > 0) this.#expect(",");
      items.push(this.#value(depth + 1));
    }
    this.#expect("]");
    return items;
  }

  #string(): string {
    const found = this.#take(TEXT);
    if (found === undefined)
      return this.#fail(
        this.#text[this.#at] === '"'
          ? "this string is not closed, or holds a line break or an escape that JSON does not know"
          : `expected text in double quotes, found ${this.#next()}`,
      );
    this.#take(SPACE);
    return JSON.parse(found) as string;
  }

  #expect(character: string): void {
    if (this.#text[this.#at] !== character) this.#fail(`expected \`${character}\`, found ${this.#next()}`);
    this.#at++;
    this.#take(SPACE);
  }

  /** @param pattern a sticky one */
  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #next(): string {
    return this.#at >= this.#text.length
      ? "the end of the text"
      : JSON.stringify(String.fromCodePoint(this.#text.codePointAt(this.#at)!));
  }

  #fail(message: string, position = this.#at): never {
    const before = this.#text.slice(0, position);
    const line = before.split("\n").length;
    const column = [...before.slice(before.lastIndexOf("\n") + 1)].length + 1;
    throw new Fault(`line ${line}, column ${column}: ${message}`);
  }
}
