import { type AuditAttributes, auditContent, positionKey, positionOf } from "./audit-item";
import {
  type Anchor,
  type AuditFinding,
  type ChainHead,
  type Encountered,
  type Sha256,
  whenOf,
} from "./chain";
import { findChainFaults } from "./chain-faults";

/** How many of the latest hashes are known by position, and how many broken items are kept whole, whatever the chain's length. */
const RECENT = 10_000;
const KEPT = 1_000;
/** How many items that were taken out in a row are recognised where the rest was moved up. */
const LOOKAHEAD = 4;

interface Link {
  readonly position: number;
  /** Where it was written. Absent: it has no hash that fits. */
  readonly origin?: number;
  readonly hash: string;
  readonly when?: string;
}

/** What stands before the first item. */
const START: Link = { position: 0, origin: 0, hash: "" };

/**
 * Verifies one chain while it is read, in memory that does not grow with it. One tampering gives one finding, not one for each
 * item that follows. What was cut off together with the head, or made anew to the end, is seen by anchors alone.
 */
export class ChainVerifier {
  #previous = START;
  #shift = 0;
  #count = 0;
  readonly #recent = new Map<string, number>([["", 0]]);
  readonly #met: Encountered = {
    ...{ found: [], gaps: [], misfits: [], stretches: [], breaks: [], disagreements: [] },
    lastAgreed: 0,
  };

  constructor(
    private readonly partition: string,
    private readonly anchors: ReadonlyMap<number, Anchor>,
    private readonly sha256: Sha256,
  ) {}

  /** How many items were handed in. */
  get count(): number {
    return this.#count;
  }

  /** The position of the last item that was handed in. */
  get last(): number {
    return this.#previous.position;
  }

  /** The next item, in the order of the sort key, the head left out. */
  add(item: AuditAttributes): void {
    this.#count++;
    const position = positionOf(item["sk"]);
    const previous = this.#previous;
    if (position === undefined || position <= previous.position) {
      this.#addStranger(item, position);
      return;
    }
    const adjacent = position === previous.position + 1;
    if (!adjacent) this.#met.gaps.push({ from: previous.position + 1, to: position - 1 });
    const hash = String(item["hash"]);
    const origin = this.#originOf(item, position);
    const unlinked = adjacent && previous.origin !== undefined && item["prevHash"] !== previous.hash;
    const copyOf = origin === position ? undefined : this.#recent.get(hash);
    const known = copyOf === undefined ? origin : undefined;
    if (known === undefined) this.#addMisfit(item, position, unlinked, copyOf);
    else if (this.#extend(position, known - position) && unlinked)
      this.#met.breaks.push({ position, ...(previous.when === undefined ? {} : { when: previous.when }) });
    this.#compare(known ?? position + this.#shift, hash);
    this.#remember(hash, known ?? position + this.#shift);
    this.#previous = { position, ...(known === undefined ? {} : { origin: known }), hash, ...whenOf(item) };
  }

  /** What is wrong with the chain, by position. @param head read after the last item; absent where there is none */
  finish(head: ChainHead | undefined): AuditFinding[] {
    const { position, origin, hash, when } = this.#previous;
    const end = {
      position,
      origin: origin ?? position + this.#shift,
      hash,
      whole: origin !== undefined,
      when,
    };
    const headFits = head !== undefined && this.#recent.get(head.hash) === head.seq;
    const found = findChainFaults(this.#met, end, {
      head,
      headFits,
      anchors: this.anchors,
      sha256: this.sha256,
    });
    return found.map(one => ({ ...one, partition: this.partition }));
  }

  #addStranger(item: AuditAttributes, position: number | undefined): void {
    const message =
      position === undefined
        ? `an item was inserted: its sort key ${JSON.stringify(item["sk"])} is no position`
        : `an item was inserted: position ${position} is held twice`;
    this.#met.found.push({ kind: "inserted", seq: position ?? this.last, message, ...whenOf(item) });
  }

  #addMisfit(item: AuditAttributes, position: number, unlinked: boolean, copyOf: number | undefined): void {
    const kept = this.#met.misfits.length < KEPT ? item : whenOf(item);
    this.#met.misfits.push({ position, item: kept, unlinked, ...(copyOf === undefined ? {} : { copyOf }) });
  }

  /** Whether the item stands as far from its place as the one before it. */
  #extend(position: number, shift: number): boolean {
    const { stretches } = this.#met;
    const current = stretches.at(-1);
    this.#shift = shift;
    if ((current?.shift ?? 0) === shift) {
      if (current) current.to = position;
      else stretches.push({ from: position, to: position, shift });
      return true;
    }
    stretches.push({ from: position, to: position, shift });
    return false;
  }

  /** The position that the item's hash was made with: its own, or one that it was moved from. */
  #originOf(item: AuditAttributes, position: number): number | undefined {
    const follows = this.#recent.get(String(item["prevHash"]));
    const behind = Array.from({ length: LOOKAHEAD }, (_, skipped) => position + this.#shift + skipped + 1);
    const candidates = [position, ...(follows === undefined ? [] : [follows + 1]), ...behind];
    return candidates.find(
      seq => this.sha256(auditContent({ ...item, sk: positionKey(seq) })) === item["hash"],
    );
  }

  #compare(seq: number, hash: string): void {
    const anchor = this.anchors.get(seq);
    if (!anchor) return;
    if (anchor.hash === hash) this.#met.lastAgreed = seq;
    else this.#met.disagreements.push({ anchor, hash });
  }

  #remember(hash: string, seq: number): void {
    this.#recent.set(hash, seq);
    if (this.#recent.size > RECENT) this.#recent.delete(this.#recent.keys().next().value as string);
  }
}

/** Verifies a chain that is at hand as a whole. */
export function verifyChain(
  partition: string,
  items: Iterable<AuditAttributes>,
  head: ChainHead | undefined,
  anchors: readonly Anchor[],
  sha256: Sha256,
): AuditFinding[] {
  const verifier = new ChainVerifier(partition, new Map(anchors.map(anchor => [anchor.seq, anchor])), sha256);
  for (const item of items) verifier.add(item);
  return verifier.finish(head);
}
