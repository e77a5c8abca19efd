/** Characters that control a terminal, are invisible, or change the direction of a text. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu;

/**
 * A text that is made of names from elsewhere, for a terminal or a log. It is on one line, so that no part of
 * it can begin a line (`::` there is a command of a workflow). Characters that nobody sees are escapes:
 * `\u{1b}`.
 */
export const printable = (text: string): string =>
  text.replace(/\s+/gu, " ").replace(UNPRINTABLE, found => `\\u{${found.codePointAt(0)!.toString(16)}}`);

/** The same for a line whose columns must stay where they are: each such character becomes a space. */
export const printableColumns = (line: string): string => line.replace(UNPRINTABLE, " ");
