import { lowerName } from "../catalogue/lower-case";

/** What an identifier without quotes has. */
const WORDS = /[\p{L}\p{N}_$\u0080-\uffff]+/gu;
const isWord = (name: string): boolean => name.match(WORDS)?.[0] === name;

/** Names of objects, to look for in code. */
export class Names {
  readonly #words = new Set<string>();
  readonly #others = new Set<string>();

  constructor(names: readonly string[]) {
    for (const name of names) this.add(name);
  }

  add(name: string): void {
    const lower = lowerName(name);
    (isWord(lower) ? this.#words : this.#others).add(lower);
  }

  /**
   * Whether the code has one of them, anywhere. Comments and quoted texts count, too: code can run a text,
   * and only a parser knows where a quote begins.
   */
  isIn({ text, words }: CodeText): boolean {
    const others = [...this.#others];
    return (
      words.some(word => this.#words.has(word)) ||
      others.some(
        name => text.includes(name.replaceAll("`", "``")) || text.includes(name.replaceAll('"', '""')),
      )
    );
  }
}

/** The text of a routine, trigger or event, in lower case. */
export interface CodeText {
  readonly text: string;
  readonly words: readonly string[];
}

export function codeText(body: string): CodeText {
  const text = lowerName(body);
  return { text, words: [...new Set(text.match(WORDS))] };
}
