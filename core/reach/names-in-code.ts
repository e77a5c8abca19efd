import { lowerName } from "../catalogue/lower-case";

/** What an identifier without quotes has. */
const WORDS = /[\p{L}\p{N}_$\u0080-\uffff]+/gu;

const wordsOf = (text: string): ReadonlySet<string> => new Set(text.match(WORDS));

/** The texts of routines, triggers and events, to look for names in. */
export class CodeTexts<T> {
  readonly #texts = new Map<T, string>();
  readonly #byWord = new Map<string, T[]>();

  constructor(texts: Iterable<readonly [code: T, text: string]>) {
    for (const [code, body] of texts) {
      const text = lowerName(body);
      this.#texts.set(code, text);
      for (const word of wordsOf(text)) {
        const known = this.#byWord.get(word);
        if (known) known.push(code);
        else this.#byWord.set(word, [code]);
      }
    }
  }

  /**
   * Those that have the name anywhere. Comments and quoted texts count, too: code can run a text, and only a
   * parser knows where a quote begins.
   */
  having(name: string): readonly T[] {
    const lower = lowerName(name);
    const [first] = wordsOf(lower);
    if (first === lower) return this.#byWord.get(lower) ?? [];
    // Between quotes, each word of a name is a word of the text. A server may have thousands of such names.
    const possible = first === undefined ? [...this.#texts.keys()] : (this.#byWord.get(first) ?? []);
    const spellings = [lower.replaceAll("`", "``"), lower.replaceAll('"', '""')];
    return possible.filter(code => spellings.some(one => this.#texts.get(code)!.includes(one)));
  }
}
