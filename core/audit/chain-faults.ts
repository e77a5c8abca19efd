import {
  type Anchor,
  type ChainFinding,
  type ChainHead,
  type Encountered,
  itemsText,
  type Sha256,
  short,
  span,
  wasOrWere,
} from "./chain";
import { detectSwaps } from "./detect-swaps";
import { findEndFaults } from "./end-faults";
import { findShiftFaults } from "./shift-faults";

/** The last item of a chain. */
export interface ChainEnd {
  /** 0: the chain is empty. */
  readonly position: number;
  /** Where it was written. */
  readonly origin: number;
  readonly hash: string;
  /** Whether it has the hash that it says. */
  readonly whole: boolean;
  readonly when: string | undefined;
}

/** What a chain is held against. */
export interface Against {
  readonly head: ChainHead | undefined;
  /** Whether the head names an item, by position and hash, that is there. */
  readonly headFits: boolean;
  readonly anchors: ReadonlyMap<number, Anchor>;
  readonly sha256: Sha256;
}

/** What was done to a chain, by what was met on the way through it: as few findings as explain all of it, by position. */
export function findChainFaults(met: Encountered, end: ChainEnd, against: Against): ChainFinding[] {
  const swaps = detectSwaps(met, against.sha256);
  const shifts = findShiftFaults(swaps.stretches);
  const misfits = swaps.misfits.filter(({ position }) => !shifts.explained.has(position));
  const altered = misfits.map(({ position, item, unlinked, copyOf }): ChainFinding => {
    const copied =
      copyOf === undefined ? "its content does not give its hash" : `it holds a copy of item ${copyOf}`;
    const message = `item ${position} was altered: ${copied}${unlinked ? ", and it does not follow the item before it" : ""}`;
    return {
      kind: "altered",
      seq: position,
      message,
      ...(typeof item["when"] === "string" ? { when: item["when"] } : {}),
    };
  });
  const missing = met.gaps.map(({ from, to }): ChainFinding => {
    return {
      kind: "missing",
      ...span(from, to),
      message: `${itemsText(from, to)} ${wasOrWere(from, to)} taken out`,
    };
  });
  const found = [...met.found, ...swaps.found, ...shifts.found, ...altered, ...missing];
  const last = swaps.swapped.has(end.position) ? { ...end, origin: end.position, whole: false } : end;
  const ended = findEndFaults(met, last, against);
  const inside = met.breaks.filter(({ position }) => !shifts.explained.has(position));
  const breaks = ended.breakAtHead ? [...inside, { position: end.position + 1, when: end.when }] : inside;
  found.push(...judgeBreaks(breaks, end, against), ...ended.found);
  found.push(...judgeAnchors(met, seq => found.some(one => one.seq <= seq && seq <= (one.to ?? one.seq))));
  return found.sort((a, b) => a.seq - b.seq);
}

/**
 * Where an item names another before it than stands there, and each has its own hash: the earlier one's hash was made anew, or,
 * where an item fits neither neighbour, that one is not the one that stood there.
 */
function judgeBreaks(
  breaks: readonly { position: number; when?: string | undefined }[],
  end: ChainEnd,
  against: Against,
): ChainFinding[] {
  const found: ChainFinding[] = [];
  for (let first = 0; first < breaks.length; ) {
    let last = first;
    while (breaks[last + 1]?.position === breaks[last]!.position + 1) last++;
    const { position, when } = breaks[first]!;
    const dated = when === undefined ? {} : { when };
    const to = breaks[last]!.position - 1;
    const seq = position - 1;
    if (last > first) {
      const message = `${itemsText(position, to)} ${wasOrWere(position, to)} replaced: what stands there fits neither the item before nor the one after`;
      found.push({ kind: "altered", ...span(position, to), message });
    } else if (position === 1) {
      found.push({ kind: "altered", seq: 1, message: "item 1 was altered: it names an item before it" });
    } else if (position > end.position) {
      found.push(lastAgainstHead(end, against, dated));
    } else {
      const message = `item ${seq} was altered and its hash made anew: item ${position} follows another`;
      found.push({ kind: "altered", seq, message, ...dated });
    }
    first = last + 1;
  }
  return found;
}

function lastAgainstHead(
  { origin, hash }: ChainEnd,
  { anchors, head }: Against,
  dated: { when?: string },
): ChainFinding {
  const names = `the head names ${short(head?.hash)} for item ${origin}, which has ${short(hash)}`;
  const anchor = anchors.get(origin)?.hash;
  if (anchor === hash)
    return { kind: "head", seq: origin, message: `the head was altered: ${names}, as its anchor says too` };
  if (anchor !== undefined && anchor === head?.hash)
    return {
      kind: "altered",
      seq: origin,
      message: `item ${origin} was altered and its hash made anew: ${names}`,
      ...dated,
    };
  const message = `${names}: the item was altered and its hash made anew, or the head was altered`;
  return { kind: "head", seq: origin, message, ...dated };
}

/** Anchors that disagree with items of which nothing else is found. Where a later one agrees, the chain is right and the anchor is not. */
function judgeAnchors(
  { disagreements, lastAgreed }: Encountered,
  isExplained: (seq: number) => boolean,
): ChainFinding[] {
  const open = disagreements.filter(({ anchor }) => !isExplained(anchor.seq));
  const said = ({ anchor, hash }: (typeof open)[number]) =>
    `the anchor${anchor.when === undefined ? "" : ` of ${anchor.when}`} names ${short(anchor.hash)} for item ${anchor.seq}, which has ${short(hash)}`;
  const wrong = open.filter(({ anchor }) => anchor.seq < lastAgreed);
  const found = wrong.map((one): ChainFinding => {
    return {
      kind: "anchor",
      seq: one.anchor.seq,
      message: `${said(one)}; a later anchor agrees, so this one is false`,
    };
  });
  const [first, ...rest] = open.filter(({ anchor }) => anchor.seq > lastAgreed);
  if (!first) return found;
  const more = rest.length > 0 ? `, and ${rest.length} later ones differ too` : "";
  const message = `the chain was rewritten from item ${lastAgreed + 1}, or a later one up to ${first.anchor.seq}, on: ${said(first)}${more}`;
  return [...found, { kind: "rewritten", seq: first.anchor.seq, message }];
}
