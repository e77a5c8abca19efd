import { printable } from "../../../core/printable";

/** A text as one line, with characters that nobody sees as escapes. */
export const oneLine = (text: string): string => printable(text).trim();

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
