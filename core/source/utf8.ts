/** The bytes of a character in UTF-8. */
const bytesOf = (codePoint: number): number =>
  codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;

/** The bytes of a text in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) bytes += bytesOf(character.codePointAt(0)!);
  return bytes;
}

/** Cuts a text into pieces of at most `most` bytes of UTF-8, without splitting a character. */
export function cutUtf8(text: string, most: number): string[] {
  const pieces: string[] = [];
  let start = 0;
  let end = 0;
  let bytes = 0;
  for (const character of text) {
    const size = bytesOf(character.codePointAt(0)!);
    if (bytes + size > most) {
      pieces.push(text.slice(start, end));
      start = end;
      bytes = 0;
    }
    bytes += size;
    end += character.length;
  }
  return [...pieces, text.slice(start)];
}
