import * as z from "zod";
import { readJson } from "./read-json";
import { MAX_DOCUMENT_BYTES } from "./source-document";
import { cutUtf8 } from "./utf8";

/**
 * The size of a standard parameter.
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
    /** The hash of the joined text. */
    sha256: z.string().regex(/^[0-9a-f]{64}$/, "64 hexadecimal digits, in lower case"),
  })
  .readonly();

/** The content of a parameter whose document is split: the number of pieces, and the hash of the whole. */
export type SplitIndex = z.output<typeof indexSchema>;

/**
 * What has to be written for a document: first the pieces, then the parameter, which makes them effective.
 */
export interface WrittenDocument {
  /** The text of the parameter. */
  readonly text: string;
  readonly pieces: readonly { readonly name: string; readonly text: string }[];
}

/**
 * Splits a document that is too large for one standard parameter. @param sha256 of the text, in hexadecimal
 */
export function splitDocument(parameter: string, text: string, sha256: string): WrittenDocument {
  if (Buffer.byteLength(text) <= PIECE_BYTES) return { text, pieces: [] };
  const pieces = cutUtf8(text, PIECE_BYTES);
  const index: SplitIndex = { parts: pieces.length, sha256 };
  const names = pieceNames(parameter, index);
  const named = pieces.map((piece, at) => ({ name: names[at]!, text: piece }));
  return { text: JSON.stringify(index), pieces: named };
}

/** The names of the pieces, in order: `<parameter>/<first 12 digits of the SHA-256>/<1...>`. */
export const pieceNames = (parameter: string, { parts, sha256 }: SplitIndex): string[] =>
  Array.from({ length: parts }, (_, at) => `${parameter}/${sha256.slice(0, 12)}/${at + 1}`);

/** The pieces that a parameter's text names; undefined if it is the document itself or unreadable. */
export function splitIndexOf(text: string): SplitIndex | { readonly problem: string } | undefined {
  // An index is short, so a longer text is the document.
  if (text.length > 1_000 || !/^\s*\{\s*"(?:parts|sha256)"/.test(text)) return undefined;
  const read = readJson(text);
  if ("problem" in read) return read;
  const index = indexSchema.safeParse(read.value);
  if (index.success) return index.data;
  const [issue] = index.error.issues;
  return { problem: `not a valid list of pieces: ${issue?.path.join(".") || "(all)"}: ${issue?.message}` };
}

/**
 * Joins the pieces of a document.
 * @param pieces those that were found, by name
 * @param sha256 hashes a text
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
  if (sha256(text) === index.sha256) return { text };
  const problem =
    "the pieces do not have the SHA-256 that the parameter names: " +
    "they belong to different documents, or were cut off";
  return { problem };
}
