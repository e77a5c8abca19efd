import { createHash } from "node:crypto";
import {
  joinDocument,
  PIECE_BYTES,
  type SplitIndex,
  splitDocument,
  splitIndexOf,
} from "../../../../core/source";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const bytes = (text: string) => Buffer.byteLength(text);

/** Characters of one to four bytes, so that pieces end in the middle of none. */
const large = JSON.stringify({ users: [], filler: "aäあ🌳".repeat(2_000) });
const written = splitDocument("/shop/prod", large, sha256(large));
const index = splitIndexOf(written.text) as SplitIndex;
const pieces = new Map(written.pieces.map(({ name, text }) => [name, text]));
const join = (found: ReadonlyMap<string, string>, of = index) =>
  joinDocument("/shop/prod", of, found, sha256);

describe("a large document", () => {
  test("that fits into one parameter is not split", () => {
    const text = "x".repeat(PIECE_BYTES);
    expect(splitDocument("/p", text, sha256(text))).toEqual({ text, pieces: [] });
    expect(splitDocument("/p", `${text}x`, sha256(`${text}x`)).pieces).toHaveLength(2);
    const wide = "ä".repeat(PIECE_BYTES / 2 + 1);
    expect(splitDocument("/p", wide, sha256(wide)).pieces).toHaveLength(2);
  });

  test("is split into pieces that each fit into a standard parameter, and joins to the same text", () => {
    expect(written.pieces.length).toBe(Math.ceil(bytes(large) / PIECE_BYTES));
    expect(Math.max(...written.pieces.map(({ text }) => bytes(text)))).toBeLessThanOrEqual(PIECE_BYTES);
    expect(written.pieces.every(({ text }) => Buffer.from(text).toString() === text)).toBe(true);
    expect(bytes(written.text)).toBeLessThan(PIECE_BYTES);
    expect(join(pieces)).toEqual({ text: large });
  });

  test("names its pieces after the parameter and the hash of the whole", () => {
    expect(written.pieces[0]!.name).toBe(`/shop/prod/${sha256(large).slice(0, 12)}/1`);
    expect(new Set(written.pieces.map(({ name }) => name)).size).toBe(written.pieces.length);
  });

  test("with a missing piece is refused, and the piece is named", () => {
    const [, second] = written.pieces;
    const found = new Map([...pieces].filter(([name]) => name !== second!.name));
    expect(join(found)).toEqual({
      problem: `1 of ${index.parts} pieces are missing, the first of them ${second!.name}`,
    });
  });

  test.each([
    ["cut off", (text: string) => text.slice(0, -1)],
    ["of another document", () => "other"],
    ["empty", () => ""],
  ])("with a piece that is %s is broken", (_, change) => {
    const { name, text } = written.pieces.at(-1)!;
    expect(join(new Map([...pieces, [name, change(text)]]))).toEqual({
      problem: expect.stringContaining("SHA-256"),
    });
  });

  test("with fewer pieces than it claims is refused", () => {
    expect(join(pieces, { ...index, parts: index.parts - 1 })).toHaveProperty("problem");
    expect(join(pieces, { ...index, parts: index.parts + 1 })).toHaveProperty("problem");
  });
});

describe("the content of a parameter", () => {
  const hash = sha256("x");
  test.each([
    [`{"parts":2,"sha256":"${hash}"}`, { parts: 2, sha256: hash }],
    [` {\n "sha256": "${hash}", "parts": 2}`, { parts: 2, sha256: hash }],
    ['{"users":[]}', undefined],
    ["no JSON", undefined],
    [`{"parts":0,"sha256":"${hash}"}`, { problem: expect.stringContaining("parts") }],
    [`{"parts":1000000,"sha256":"${hash}"}`, { problem: expect.stringContaining("parts") }],
    [`{"parts":2,"sha256":"../../secret"}`, { problem: expect.stringContaining("sha256") }],
    [`{"parts":2,"sha256":"${hash}","users":[]}`, { problem: expect.any(String) }],
    ['{"parts":2', { problem: expect.stringContaining("line 1") }],
  ])("is the document itself or names its pieces: %s", (text, expected) => {
    expect(splitIndexOf(text)).toEqual(expected);
  });
});
