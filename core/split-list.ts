/** The most that one part of a list may hold. */
export interface PartLimits {
  /** The size of all of its items together; one item alone may be larger. */
  readonly bytes: number;
  /** @default - any number */
  readonly items?: number;
}

/** Cuts a list into parts, in order. An empty list has no parts. */
export function splitList<T>(items: readonly T[], limits: PartLimits, bytesOf: (item: T) => number): T[][] {
  const parts: T[][] = [];
  let part: T[] = [];
  let bytes = 0;
  for (const item of items) {
    const size = bytesOf(item);
    if (part.length === 0 || bytes + size > limits.bytes || part.length === limits.items) {
      part = [];
      parts.push(part);
      bytes = 0;
    }
    part.push(item);
    bytes += size;
  }
  return parts;
}

/** The size of a value as JSON, in bytes. */
export const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
