/** What a pattern of a rule is made of. Positions of a text go in, and those after a match come out. */
type Node =
  | { readonly kind: "start" | "end" }
  | { readonly kind: "one"; readonly matches: (character: string) => boolean }
  | { readonly kind: "any"; readonly ways: readonly (readonly Node[])[] }
  | { readonly kind: "many"; readonly node: Node; readonly least: number; readonly most: number };

/** The most repetitions that `{n}` can ask for. */
const MOST_REPEATED = 20;

/** Why a text is no pattern of a rule, as the end of a sentence. */
export class PatternFault extends Error {}

const CLASSES: Readonly<Record<string, RegExp>> = {
  d: /^\d$/,
  D: /^\D$/s,
  w: /^\w$/,
  W: /^\W$/s,
  s: /^\s$/,
  S: /^\S$/s,
};
const PUNCTUATION = /^[\\^$.*+?()[\]{}|/ \-#:]$/;

/**
 * A regular expression without what can take long: no look-around, no back-reference, no repetition of what
 * has one already. A match takes time in proportion to pattern times text, whatever the text.
 */
export interface Pattern {
  /** Whether some part of the text matches. */
  test(text: string): boolean;
}

/** @throws PatternFault if the text is none, or asks for more than such patterns have */
export function parsePattern(source: string): Pattern {
  const parser = new Parser(source);
  const ways = parser.ways();
  parser.expectEnd();
  const isAnchored = ways.every(([first]) => first?.kind === "start");
  return {
    test: text => {
      const characters = [...text];
      const starts = new Set(
        isAnchored ? [0] : characters.map((_, index) => index).concat(characters.length),
      );
      return walk({ kind: "any", ways }, characters, starts).size > 0;
    },
  };
}

/** Why the text is no pattern, as the end of a sentence; undefined if it is one. */
export function patternFault(source: string): string | undefined {
  try {
    parsePattern(source);
    return undefined;
  } catch (error) {
    if (error instanceof PatternFault) return error.message;
    throw error;
  }
}

class Parser {
  readonly #characters: readonly string[];
  #at = 0;

  constructor(source: string) {
    this.#characters = [...source];
  }

  ways(): readonly (readonly Node[])[] {
    const ways = [this.#sequence()];
    while (this.#take("|")) ways.push(this.#sequence());
    return ways;
  }

  expectEnd(): void {
    if (this.#at < this.#characters.length) this.#fail(`has a \`${this.#characters[this.#at]}\` too many`);
  }

  #sequence(): Node[] {
    const nodes: Node[] = [];
    for (;;) {
      const next = this.#characters[this.#at];
      if (next === undefined || next === "|" || next === ")") return nodes;
      nodes.push(this.#repeated(this.#atom()));
    }
  }

  #atom(): Node {
    const character = this.#next();
    if (character === "^") return { kind: "start" };
    if (character === "$") return { kind: "end" };
    if (character === ".") return { kind: "one", matches: () => true };
    if (character === "(") return this.#group();
    if (character === "[") return this.#set();
    if (character === "\\") return this.#escaped();
    if ("*+?{}]".includes(character))
      this.#fail(`has a \`${character}\` without a \`\\\` where nothing can be repeated`);
    return { kind: "one", matches: other => other === character };
  }

  #group(): Node {
    if (this.#take("?") && !this.#take(":"))
      this.#fail("has a group `(?...`; there are `(...)` and `(?:...)`");
    const ways = this.ways();
    if (!this.#take(")")) this.#fail("has a `(` without a `)`");
    return { kind: "any", ways };
  }

  #escaped(): Node {
    const character = this.#next();
    const known = CLASSES[character];
    if (known) return { kind: "one", matches: other => known.test(other) };
    if (!PUNCTUATION.test(character))
      this.#fail(`has \`\\${character}\`; there are \\d, \\w, \\s, and a \`\\\` before punctuation`);
    return { kind: "one", matches: other => other === character };
  }

  /** `[A-Za-z0-9_]`, `[^ ]` */
  #set(): Node {
    const isNegated = this.#take("^");
    const members: ((character: string) => boolean)[] = [];
    while (!this.#take("]")) {
      const from = this.#member();
      const isRange = this.#characters[this.#at] === "-" && this.#characters[this.#at + 1] !== "]";
      if (!isRange || typeof from !== "string") {
        members.push(typeof from === "string" ? other => other === from : from);
        continue;
      }
      this.#at++;
      const to = this.#member();
      if (typeof to !== "string" || codeOf(to) < codeOf(from))
        this.#fail("has a range in `[...]` that ends before it begins");
      const [low, high] = [codeOf(from), codeOf(to as string)];
      members.push(other => codeOf(other) >= low && codeOf(other) <= high);
    }
    if (members.length === 0) this.#fail("has an empty `[]`");
    return { kind: "one", matches: other => members.some(matches => matches(other)) !== isNegated };
  }

  #member(): string | ((character: string) => boolean) {
    const character = this.#next();
    if (character !== "\\") return character;
    const escaped = this.#next();
    const known = CLASSES[escaped];
    return known ? other => known.test(other) : escaped;
  }

  #repeated(node: Node): Node {
    const bounds = this.#bounds();
    if (!bounds) return node;
    if (node.kind === "start" || node.kind === "end") this.#fail("repeats `^` or `$`");
    if (repeats(node)) this.#fail("repeats a group that repeats something itself, which can take very long");
    if (this.#bounds()) this.#fail("repeats a repetition, which can take very long");
    const [least, most] = bounds;
    return { kind: "many", node, least, most };
  }

  #bounds(): readonly [number, number] | undefined {
    if (this.#take("*")) return [0, Number.POSITIVE_INFINITY];
    if (this.#take("+")) return [1, Number.POSITIVE_INFINITY];
    if (this.#take("?")) return [0, 1];
    if (!this.#take("{")) return undefined;
    let text = "";
    for (let next = this.#next(); next !== "}"; next = this.#next()) text += next;
    const [, low, comma, high] = /^(\d{1,3})(?:(,)(\d{1,3})?)?$/.exec(text) ?? [];
    const least = Number(low);
    const most = comma === undefined ? least : high === undefined ? Number.POSITIVE_INFINITY : Number(high);
    if (
      low === undefined ||
      most < least ||
      least > MOST_REPEATED ||
      (Number.isFinite(most) && most > MOST_REPEATED)
    )
      this.#fail(`has \`{${text}}\`; write {2}, {2,} or {2,5}, at most ${MOST_REPEATED}`);
    return [least, most];
  }

  #take(character: string): boolean {
    const isNext = this.#characters[this.#at] === character;
    if (isNext) this.#at++;
    return isNext;
  }

  #next(): string {
    const character = this.#characters[this.#at++];
    return character ?? this.#fail("ends too early");
  }

  #fail(problem: string): never {
    throw new PatternFault(problem);
  }
}

const codeOf = (character: string): number => character.codePointAt(0)!;

const repeats = (node: Node): boolean =>
  node.kind === "many" || (node.kind === "any" && node.ways.some(way => way.some(repeats)));

/** The positions after the node, for each before it. Each is looked at once a repetition. */
function walk(node: Node, text: readonly string[], from: ReadonlySet<number>): Set<number> {
  switch (node.kind) {
    case "start":
      return new Set(from.has(0) ? [0] : []);
    case "end":
      return new Set(from.has(text.length) ? [text.length] : []);
    case "one":
      return new Set([...from].filter(at => at < text.length && node.matches(text[at]!)).map(at => at + 1));
    case "any":
      return new Set(
        node.ways.flatMap(way => [
          ...way.reduce<ReadonlySet<number>>((at, next) => walk(next, text, at), from),
        ]),
      );
    case "many":
      return walkMany(node, text, from);
  }
}

function walkMany(
  { least, most, node }: Extract<Node, { kind: "many" }>,
  text: readonly string[],
  from: ReadonlySet<number>,
): Set<number> {
  let now: ReadonlySet<number> = from;
  for (let count = 0; count < least && now.size > 0; count++) now = walk(node, text, now);
  const found = new Set(now);
  for (let count = least; count < most && now.size > 0; count++) {
    now = new Set([...walk(node, text, now)].filter(at => !found.has(at)));
    for (const at of now) found.add(at);
  }
  return found;
}

/** Whether the name matches; `*` is any characters, and all else is itself. */
export function matchesName(wildcard: string, name: string): boolean {
  const [first = "", ...others] = wildcard.split("*");
  if (others.length === 0) return name === wildcard;
  if (!name.startsWith(first)) return false;
  const last = others.pop()!;
  let at = first.length;
  for (const part of others) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}
