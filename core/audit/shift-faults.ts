import { type ChainFinding, itemsText, type Stretch, span, wasOrWere } from "./chain";

/** Why items stand elsewhere than where they were written, and the positions that are explained by it. */
export function findShiftFaults(stretches: readonly Stretch[]): {
  found: ChainFinding[];
  explained: ReadonlySet<number>;
} {
  const found: ChainFinding[] = [];
  const explained = new Set<number>();
  let shift = 0;
  for (const [index, stretch] of stretches.entries()) {
    const { from, to } = stretch;
    const back = stretches[index + 1]?.shift;
    if (from === to && stretch.shift !== shift && back === shift) {
      const message = `item ${from} was altered: it holds what was written as item ${from + stretch.shift}`;
      found.push({ kind: "altered", seq: from, message });
      continue;
    }
    const change = stretch.shift - shift;
    if (change < 0) {
      const [first, last] = [from + change, from - 1];
      for (let position = first; position <= last; position++) explained.add(position);
      const message = `${itemsText(first, last)} ${wasOrWere(first, last)} inserted: what stood there and behind was moved down`;
      found.push({ kind: "inserted", ...span(first, last), message });
    }
    if (change > 0) {
      const [first, last] = [from + shift, from + shift + change - 1];
      const message = `${itemsText(first, last)} ${wasOrWere(first, last)} taken out: what stood behind was moved up`;
      found.push({ kind: "missing", ...span(first, last), message });
    }
    shift = stretch.shift;
  }
  return { found, explained };
}
