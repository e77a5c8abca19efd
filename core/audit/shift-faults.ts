import { type ChainFinding, itemsWere, type Stretch, span } from "./chain";

interface ShiftFaults {
  readonly found: readonly ChainFinding[];
  /** The positions that the findings explain. */
  readonly explained: ReadonlySet<number>;
}

/** Explains why items are at another position than they were written at. */
export function findShiftFaults(stretches: readonly Stretch[]): ShiftFaults {
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
      const message = `${itemsWere(first, last)} inserted: the items from there on were moved down`;
      found.push({ kind: "inserted", ...span(first, last), message });
    }
    if (change > 0) {
      const [first, last] = [from + shift, from + shift + change - 1];
      const message = `${itemsWere(first, last)} taken out: the items after it were moved up`;
      found.push({ kind: "missing", ...span(first, last), message });
    }
    shift = stretch.shift;
  }
  return { found, explained };
}
