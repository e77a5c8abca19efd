/**
 * Control characters, separators of lines and paragraphs: anything that could begin a new line, and so a new
 * header.
 */
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}\s]+/gu;
/**
 * Marks that change the direction of the text after them, half characters, and the byte order mark: with them
 * a reader would see another text than there is.
 */
const INVISIBLE = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\p{Cs}]/gu;

/** A text as one line without control characters and changes of direction. */
export const oneLine = (text: string): string => text.replace(INVISIBLE, "").replace(CONTROLS, " ").trim();

/**
 * At most `most` characters (UTF-16 code units, as the services count), cut between characters, with `…` at
 * the end.
 */
export function clip(text: string, most: number): string {
  if (text.length <= most) return text;
  let cut = "";
  for (const character of text) {
    if (cut.length + character.length > most - 1) break;
    cut += character;
  }
  return `${cut}…`;
}

/** `2027-04-01T00:00:00Z` as `2027-04-01 00:00 UTC`. */
export const momentText = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;

/** `1 account`, `2 accounts`. */
export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`;
