import { z } from "zod";
import { readJson } from "./read-json";
import { MAX_DOCUMENT_BYTES } from "./source-document";
import { cutUtf8, utf8Length } from "./utf8";

/**
 * What a standard parameter holds.
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
 */
export const PIECE_BYTES = 4096;

const indexSchema = z
  .strictObject({
    /** How many pieces there are. */
    parts: z
      .int()
      .min(1)
      .max(Math.ceil(MAX_DOCUMENT_BYTES / PIECE_BYTES) * 2),
    /** Of the joined text. */
    sha256: z.string().regex(/^[0-9a-f]{64}$/, "64 hexadecimal digits, in lower case"),
  })
  .readonly();

/** What a parameter holds whose document is split: how many pieces there are, and what they make together. */
export type SplitIndex = z.output<typeof indexSchema>;

/** What has to be written for a document: the pieces first, then the parameter itself, which is the switch. */
export interface WrittenDocument {
  /** The text of the parameter. */
  readonly text: string;
  readonly pieces: readonly { readonly name: string; readonly text: string }[];
}

/** Splits a document that is too large for one standard parameter. @param sha256 of the text, 64 hexadecimal digits */
export function splitDocument(parameter: string, text: string, sha256: string): WrittenDocument {
  if (utf8Length(text) <= PIECE_BYTES) return { text, pieces: [] };
  const pieces = cutUtf8(text, PIECE_BYTES);
  const index: SplitIndex = { parts: pieces.length, sha256 };
  const names = pieceNames(parameter, index);
  return {
    text: JSON.stringify(index),
    pieces: pieces.map((piece, at) => ({ name: names[at]!, text: piece })),
  };
}

/** Where the pieces are, in order: `<parameter>/<first 12 digits of the SHA-256>/<1...>`. */
export const pieceNames = (parameter: string, { parts, sha256 }: SplitIndex): string[] =>
  Array.from({ length: parts }, (_, at) => `${parameter}/${sha256.slice(0, 12)}/${at + 1}`);

/** What a parameter's text says of its pieces; undefined where it is the document itself, or nothing that can be read. */
export function splitIndexOf(text: string): SplitIndex | { readonly problem: string } | undefined {
  // An index is short; whatever is longer is the document.
  if (text.length > 1_000 || !/^\s*\{\s*"(?:parts|sha256)"/.test(text)) return undefined;
  const read = readJson(text);
  if ("problem" in read) return read;
  const index = indexSchema.safeParse(read.value);
  if (index.success) return index.data;
  const [issue] = index.error.issues;
  return { problem: `not a valid list of pieces: ${issue?.path.join(".") || "(all)"}: ${issue?.message}` };
}

/**
 * The text that the pieces make.
 * @param pieces by name, those that could be found
 * @param sha256 how the text is hashed
 */
export function joinDocument(
  parameter: string,
  index: SplitIndex,
  pieces: ReadonlyMap<string, string>,
  sha256: (text: string) => string,
): { readonly text: string } | { readonly problem: string } {
  const names = pieceNames(parameter, index);
  const missing = names.filter(name => !pieces.has(name));
  if (missing.length > 0)
    return {
      problem: `${missing.length} of ${index.parts} pieces are missing, the first of them ${missing[0]}`,
    };
  const text = names.map(name => pieces.get(name)!).join("");
  if (sha256(text) !== index.sha256)
    return {
      problem:
        "the pieces do not have the SHA-256 that the parameter says: they are of different documents, or cut off",
    };
  return { text };
}
