import { defined } from "../json";
import {
  anchorText,
  type Break,
  type ChainEnd,
  type ChainFinding,
  type ChainReference,
  type Disagreement,
  type Encountered,
  itemsText,
  itemsWere,
  type Misfit,
  type Stretch,
  short,
  span,
  whenOf,
} from "./chain";
import { detectSwaps } from "./detect-swaps";

/**
 * Concludes from what was met in a chain what was done to it: as few findings as explain everything, by
 * position.
 */
export function findChainFaults(met: Encountered, end: ChainEnd, reference: ChainReference): ChainFinding[] {
  const swaps = detectSwaps(met, reference.sha256);
  const shifts = findShiftFaults(swaps.stretches);
  const isOpen = ({ position }: { readonly position: number }) => !shifts.explained.has(position);
  const missing = met.gaps.map(({ from, to }): ChainFinding => {
    return { kind: "missing", ...span(from, to), message: `${itemsWere(from, to)} taken out` };
  });
  const last = swaps.swapped.has(end.position) ? { ...end, origin: end.position, whole: false } : end;
  const ended = findEndFaults(met, last, reference);
  const inside = met.breaks.filter(isOpen);
  const breaks = ended.breakAtHead ? [...inside, { position: end.position + 1, when: end.when }] : inside;
  const found = [
    ...met.found,
    ...swaps.found,
    ...shifts.found,
    ...swaps.misfits.filter(isOpen).map(alteredItem),
    ...missing,
    ...findBreakFaults(breaks, end, reference),
    ...ended.found,
  ];
  const isExplained = (seq: number) => found.some(one => one.seq <= seq && seq <= (one.to ?? one.seq));
  return [...found, ...findAnchorFaults(met, isExplained)].sort((a, b) => a.seq - b.seq);
}

function alteredItem({ position, item, unlinked, copyOf }: Misfit): ChainFinding {
  const how =
    copyOf === undefined ? "its content does not give its hash" : `it holds a copy of item ${copyOf}`;
  const link = unlinked ? ", and it does not follow the item before it" : "";
  const message = `item ${position} was altered: ${how}${link}`;
  return { kind: "altered", seq: position, message, ...whenOf(item) };
}

/**
 * Finds items whose link does not match the item before them although both hashes are valid. Either the
 * earlier item was altered and its hash computed again, or (if an item fits neither neighbour) that item was
 * replaced.
 */
function findBreakFaults(breaks: readonly Break[], end: ChainEnd, reference: ChainReference): ChainFinding[] {
  const found: ChainFinding[] = [];
  for (let first = 0; first < breaks.length; ) {
    let last = first;
    while (breaks[last + 1]?.position === breaks[last]!.position + 1) last++;
    const { position, when } = breaks[first]!;
    const to = breaks[last]!.position - 1;
    const seq = position - 1;
    if (last > first) {
      const message = `${itemsWere(position, to)} replaced: neither neighbour fits`;
      found.push({ kind: "altered", ...span(position, to), message });
    } else if (position === 1) {
      found.push({ kind: "altered", seq: 1, message: "item 1 was altered: it names an item before it" });
    } else if (position > end.position) {
      found.push(lastAgainstHead(end, reference, when));
    } else {
      const message = `${alteredAndRehashed(seq)}: item ${position} follows another item`;
      found.push({ kind: "altered", seq, message, ...defined({ when }) });
    }
    first = last + 1;
  }
  return found;
}

const alteredAndRehashed = (seq: number): string => `item ${seq} was altered and its hash computed again`;

/** The finding for a head that names another hash than the last item has. */
function lastAgainstHead(
  { origin: seq, hash }: ChainEnd,
  { anchors, head }: ChainReference,
  when: string | undefined,
): ChainFinding {
  const names = `the head names ${short(head?.hash)} for item ${seq}, which has ${short(hash)}`;
  const anchor = anchors.get(seq)?.hash;
  if (anchor === hash)
    return { kind: "head", seq, message: `the head was altered: ${names}, as its anchor confirms` };
  const dated = defined({ when });
  if (anchor !== undefined && anchor === head?.hash)
    return { kind: "altered", seq, message: `${alteredAndRehashed(seq)}: ${names}`, ...dated };
  const message = `${names}: the item was altered and its hash computed again, or the head was altered`;
  return { kind: "head", seq, message, ...dated };
}

/**
 * Anchors that disagree with items without another finding. If a later anchor agrees, the anchor is wrong,
 * not the chain.
 */
function findAnchorFaults(
  { disagreements, lastAgreed }: Encountered,
  isExplained: (seq: number) => boolean,
): ChainFinding[] {
  const open = disagreements.filter(({ anchor }) => !isExplained(anchor.seq));
  const claim = ({ anchor, hash }: Disagreement) =>
    `${anchorText("the", anchor)} names ${short(anchor.hash)} for item ${anchor.seq}, which has ${short(hash)}`;
  const wrong = open.filter(({ anchor }) => anchor.seq < lastAgreed);
  const found = wrong.map((one): ChainFinding => {
    const message = `${claim(one)}; a later anchor agrees, so this one is false`;
    return { kind: "anchor", seq: one.anchor.seq, message };
  });
  const [first, ...rest] = open.filter(({ anchor }) => anchor.seq > lastAgreed);
  if (!first) return found;
  const { seq } = first.anchor;
  const more = rest.length > 0 ? `, and ${rest.length} later ones differ too` : "";
  const from = `item ${lastAgreed + 1}, or a later one up to ${seq}, on`;
  const message = `the chain was rewritten from ${from}: ${claim(first)}${more}`;
  return [...found, { kind: "rewritten", seq, message }];
}

/** Explains why items are at another position than they were written at. `explained`: their positions. */
function findShiftFaults(stretches: readonly Stretch[]) {
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

/**
 * Compares the chain's end with its head and its anchors. `breakAtHead`: the head names the last item's
 * position, but another hash.
 */
function findEndFaults(met: Encountered, end: ChainEnd, reference: ChainReference) {
  const { head, anchors, headFits } = reference;
  const last = end.origin;
  const beyond = [...anchors.values()]
    .filter(({ seq }) => seq > Math.max(last, end.position))
    .sort((a, b) => b.seq - a.seq)[0];
  const ends = head?.seq === last || head?.seq === end.position;
  const cut = Math.max(beyond?.seq ?? 0, ends ? 0 : (head?.seq ?? 0));
  const fault = (...found: ChainFinding[]) => ({ found, breakAtHead: false });
  if (cut > last) {
    const headed = !head
      ? "there is no head"
      : head.seq > last
        ? `the head names item ${head.seq}`
        : "the head was set back";
    const anchored = beyond ? `, ${anchorText("an", beyond)} names item ${beyond.seq}` : "";
    const message = `${itemsWere(last + 1, cut)} cut off the end: ${headed}${anchored}`;
    return fault({ kind: "cut-off", ...span(last + 1, cut), message });
  }
  if (!head) {
    if (end.position === 0) return fault();
    const message = `the head is missing; the chain ends with item ${last}`;
    return fault({ kind: "head", seq: last, message });
  }
  if (ends) return { ...fault(), breakAtHead: end.whole && head.hash !== end.hash };

  const after = span(head.seq + 1, last);
  if (met.lastAgreed > head.seq || !headFits) {
    const follow = head.seq + 1 === last ? "follows" : "follow";
    const behind = `${itemsText(head.seq + 1, last)} ${follow} it`;
    const message = `the head was set back: it names item ${head.seq}, and ${behind}`;
    return fault({ kind: "head", ...after, message });
  }
  const message =
    `${itemsWere(head.seq + 1, last)} inserted behind the head (item ${head.seq}), ` +
    "or the head was set back";
  return fault({ kind: "inserted", ...after, message });
}
