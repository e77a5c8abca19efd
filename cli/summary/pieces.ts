import { printable } from "../../core/printable";
import { shortened } from "../terminal/table";

/** Text of ours, and names from elsewhere, which stay text in every format. */
export type Piece = string | { readonly code: string } | { readonly strong: string };
export type Line = readonly Piece[];

/** The longest name or reason that a summary shows, in characters. JSON has all of it. */
const LONGEST = 200;

/** A name from elsewhere, on one line and without characters that nobody sees. */
export const code = (text: string, longest = LONGEST): Piece => ({
  code: shortened(printable(text), longest),
});

/** Lines as one, with a text between. */
export const joined = (lines: readonly Line[], between: string): Line =>
  lines.flatMap((line, index) => (index === 0 ? line : [between, ...line]));

/** The names as code, with commas between; after `most` the number of the others. */
export function names(list: readonly string[], most = Number.POSITIVE_INFINITY): Line {
  const shown = joined(
    list.slice(0, most).map(name => [code(name)]),
    ", ",
  );
  return list.length > most ? [...shown, ` and ${list.length - most} more`] : shown;
}

/** How a format writes a name from elsewhere, and text of ours. */
export interface Format {
  readonly code: (text: string) => string;
  readonly plain: (text: string) => string;
  readonly strong: (text: string) => string;
}

export const rendered = (line: Line, format: Format): string =>
  line.map(piece => renderedPiece(piece, format)).join("");

function renderedPiece(piece: Piece, format: Format): string {
  if (typeof piece === "string") return format.plain(piece);
  return "code" in piece ? format.code(piece.code) : format.strong(piece.strong);
}

/** For terminals: names are bare. */
export const PLAIN: Format = { code: text => text, plain: text => text, strong: text => text };
