/** CloudWatch takes 256 KB a line, in which a text may need two bytes for one. */
const LINE_BYTES = 100_000;

export interface LogPart {
  readonly items: readonly string[];
  /** Which of how many; absent where it is the whole list. */
  readonly numbered: { readonly part?: number; readonly parts?: number };
}

/** Cuts a long list into what fits a log line each: what stands nowhere else must not be cut off. */
export function logParts(items: readonly string[]): LogPart[] {
  const lines: string[][] = [[]];
  let bytes = 0;
  for (const item of items) {
    const size = Buffer.byteLength(item);
    if (bytes + size > LINE_BYTES && lines.at(-1)!.length > 0) {
      lines.push([]);
      bytes = 0;
    }
    lines.at(-1)!.push(item);
    bytes += size;
  }
  const parts = lines.length;
  return lines.map((line, index) => ({ items: line, numbered: parts > 1 ? { part: index + 1, parts } : {} }));
}
