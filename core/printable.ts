/**
 * Characters that control a terminal, are invisible, or change the direction of a text. The joiner within an
 * emoji is none of them.
 */
const UNPRINTABLE =
  /(?!(?<=\p{Extended_Pictographic}\ufe0f?)\u200d(?=\p{Extended_Pictographic}))[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** A text whose unprintable characters are escapes: `\u{1b}`. Other white space stays. */
export const escapeUnprintable = (text: string): string =>
  text.replace(UNPRINTABLE, found => `\\u{${found.codePointAt(0)!.toString(16)}}`);

/**
 * A text that is made of names from elsewhere, for a terminal, a log or a message. It is on one line, so that
 * no part of it can begin a line (`::` there is a command of a workflow). Characters that nobody sees are
 * escapes: `\u{1b}`.
 */
export const printable = (text: string): string => escapeUnprintable(text.replace(/\s+/gu, " "));

/** The same for a line whose columns must stay where they are: each such character becomes a space. */
export const printableColumns = (line: string): string => line.replace(UNPRINTABLE, " ");

/** A text of several lines for a terminal. None begins with `::`. */
export const printableLines = (text: string): string =>
  text
    .split("\n")
    .map(line => escapeUnprintable(line).replace(/^::/, " ::"))
    .join("\n");

/** The value as indented JSON, whose unprintable characters are JSON's own escapes: it means the same. */
export const printableJson = (value: unknown): string =>
  JSON.stringify(value, null, 2).replace(UNPRINTABLE, found => (found === "\n" ? found : jsonEscape(found)));

const jsonEscape = (character: string): string =>
  Array.from({ length: character.length }, (_, at) => {
    const unit = character.charCodeAt(at).toString(16).padStart(4, "0");
    return `\\u${unit}`;
  }).join("");
