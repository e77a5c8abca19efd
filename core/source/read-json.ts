/** A value read from JSON, or the first thing that is wrong with the text, with line and column. */
export type ReadJson = { readonly value: unknown } | { readonly problem: string };

/** Deeper than anything that is asked of a document by far. */
const DEEPEST = 32;

const SPACE = /[ \t\n\r]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON allows none of them
const TEXT = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /true|false|null/y;

class Fault extends Error {}

/**
 * Reads JSON more strictly than `JSON.parse`, for text that nobody reviewed: a key that stands twice is a mistake and not the
 * last one's victory, `__proto__` is no key, nesting has a bound, and every problem has its place.
 */
export function readJson(text: string): ReadJson {
  let at = 0;

  const fail = (message: string, position = at): never => {
    const before = text.slice(0, position);
    const line = before.split("\n").length;
    const column = [...before.slice(before.lastIndexOf("\n") + 1)].length + 1;
    throw new Fault(`line ${line}, column ${column}: ${message}`);
  };
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    at += found?.length ?? 0;
    return found;
  };
  const here = () =>
    at >= text.length ? "the end of the text" : JSON.stringify(String.fromCodePoint(text.codePointAt(at)!));
  const expect = (character: string) => {
    if (text[at] !== character) fail(`expected \`${character}\`, found ${here()}`);
    at++;
    take(SPACE);
  };

  const readText = (): string => {
    const found = take(TEXT);
    if (found === undefined)
      return fail(
        text[at] === '"'
          ? "this string is not closed, or holds a line break or an escape that JSON does not know"
          : `expected text in double quotes, found ${here()}`,
      );
    take(SPACE);
    return JSON.parse(found) as string;
  };

  const readMembers = (depth: number): Record<string, unknown> => {
    const members: [string, unknown][] = [];
    const keys = new Set<string>();
    expect("{");
    while (text[at] !== "}") {
      if (members.length > 0) expect(",");
      const start = at;
      const key = readText();
      if (keys.has(key)) fail(`the key ${JSON.stringify(key)} stands here twice`, start);
      if (key === "__proto__") fail("`__proto__` cannot be a key", start);
      keys.add(key);
      expect(":");
      members.push([key, readValue(depth + 1)]);
    }
    expect("}");
    return Object.fromEntries(members);
  };

  const readItems = (depth: number): unknown[] => {
    const items: unknown[] = [];
    expect("[");
    while (text[at] !== "]") {
      if (items.length > 0) expect(",");
      items.push(readValue(depth + 1));
    }
    expect("]");
    return items;
  };

  const readValue = (depth: number): unknown => {
    if (depth > DEEPEST) fail(`nested deeper than ${DEEPEST} levels`);
    if (text[at] === "{") return readMembers(depth);
    if (text[at] === "[") return readItems(depth);
    if (text[at] === '"') return readText();
    const scalar = take(NUMBER) ?? take(WORD);
    if (scalar === undefined) return fail(`expected a value, found ${here()}`);
    take(SPACE);
    return JSON.parse(scalar) as unknown;
  };

  try {
    if (text.startsWith("\ufeff")) at = 1;
    take(SPACE);
    const value = readValue(0);
    if (at < text.length) fail(`expected the end of the text, found ${here()}`);
    return { value };
  } catch (error) {
    if (error instanceof Fault) return { problem: error.message };
    throw error;
  }
}
