/** Cuts a text into pieces of at most `most` bytes of UTF-8, without splitting a character. */
export function cutUtf8(text: string, most: number): string[] {
  const pieces: string[] = [];
  let start = 0;
  let end = 0;
  let bytes = 0;
  for (const character of text) {
    const size = Buffer.byteLength(character);
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
