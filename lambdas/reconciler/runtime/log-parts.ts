import { splitList } from "../../../core/split-list";

/** CloudWatch accepts 256 KB a line, in which a text may need two bytes for one. */
const LINE_BYTES = 100_000;

export interface LogPart {
  readonly items: readonly string[];
  /** The number of this part and of all parts; empty if there is only one. */
  readonly numbered: { readonly part?: number; readonly parts?: number };
}

/**
 * Cuts a long list into parts that fit into one log line each, so that a list which is only logged is logged
 * whole.
 */
export function logParts(items: readonly string[]): LogPart[] {
  const parts = splitList(items, { bytes: LINE_BYTES }, item => Buffer.byteLength(item));
  if (parts.length <= 1) return [{ items, numbered: {} }];
  return parts.map((part, index) => ({ items: part, numbered: { part: index + 1, parts: parts.length } }));
}
