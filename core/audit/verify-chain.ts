import { defined } from "../json";
import { type AuditAttributes, auditContent, positionKey, positionOf } from "./audit-item";
import {
  type Anchor,
  type AuditFinding,
  type ChainHead,
  type Encountered,
  type Misfit,
  type Sha256,
  whenOf,
} from "./chain";
import { findChainFaults } from "./chain-faults";

/** How many of the latest hashes are remembered by position. */
const RECENT = 10_000;
/** How many altered items are kept as a whole. */
const KEPT = 1_000;
/** How many items that were taken out in a row are recognized if the following items were moved up. */
const LOOKAHEAD = 4;

interface Link {
  readonly position: number;
  /** The position that it was written at. Absent: its hash fits none. */
  readonly origin?: number;
  readonly hash: string;
  readonly when?: string;
}

/** The link before the first item. */
const START: Link = { position: 0, origin: 0, hash: "" };

/**
 * Verifies one chain while it is read, in memory that does not grow with the chain. One act of tampering
 * gives one finding, not one for each item that follows. Only anchors show that the end was cut off together
 * with the head, or that the hashes were computed again up to the end.
 */
export class ChainVerifier {
  readonly #partition: string;
  readonly #anchors: ReadonlyMap<number, Anchor>;
  readonly #sha256: Sha256;
  #previous = START;
  #shift = 0;
  #count = 0;
  readonly #recent = new Map<string, number>([["", 0]]);
  readonly #met: Encountered = {
    found: [],
    gaps: [],
    misfits: [],
    stretches: [],
    breaks: [],
    disagreements: [],
    lastAgreed: 0,
  };

  /** @param anchors by position */
  constructor(partition: string, anchors: ReadonlyMap<number, Anchor>, sha256: Sha256) {
    this.#partition = partition;
    this.#anchors = anchors;
    this.#sha256 = sha256;
  }

  /** How many items were added. */
  get count(): number {
    return this.#count;
  }

  /** The position of the last item that was added. */
  get last(): number {
    return this.#previous.position;
  }

  /** Takes the next item in the order of the sort key, without the head. */
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
    const found = this.#originOf(item, position);
    const unlinked = adjacent && previous.origin !== undefined && item["prevHash"] !== previous.hash;
    const copyOf = found === position ? undefined : this.#recent.get(hash);
    const origin = copyOf === undefined ? found : undefined;
    if (origin === undefined) this.#addMisfit({ position, item, unlinked, ...defined({ copyOf }) });
    else if (this.#extend(position, origin - position) && unlinked)
      this.#met.breaks.push({ position, when: previous.when });
    const expected = origin ?? position + this.#shift;
    this.#compare(expected, hash);
    this.#remember(hash, expected);
    this.#previous = { position, ...defined({ origin }), hash, ...whenOf(item) };
  }

  /** The chain's faults by position. @param head read after the last item; undefined if there is none */
  finish(head: ChainHead | undefined): AuditFinding[] {
    const { position, origin, hash, when } = this.#previous;
    const whole = origin !== undefined;
    const end = { position, origin: origin ?? position + this.#shift, hash, whole, when };
    const headFits = head !== undefined && this.#recent.get(head.hash) === head.seq;
    const reference = { head, headFits, anchors: this.#anchors, sha256: this.#sha256 };
    const partition = this.#partition;
    return findChainFaults(this.#met, end, reference).map(one => ({ ...one, partition }));
  }

  #addStranger(item: AuditAttributes, position: number | undefined): void {
    const message =
      position === undefined
        ? `an item was inserted: its sort key ${JSON.stringify(item["sk"])} is no position`
        : `an item was inserted: position ${position} is held twice`;
    this.#met.found.push({ kind: "inserted", seq: position ?? this.last, message, ...whenOf(item) });
  }

  #addMisfit(misfit: Misfit): void {
    const isKept = this.#met.misfits.length < KEPT;
    this.#met.misfits.push(isKept ? misfit : { ...misfit, item: whenOf(misfit.item) });
  }

  /** Whether the item moved by the same distance as the one before it. */
  #extend(position: number, shift: number): boolean {
    const { stretches } = this.#met;
    const current = stretches.at(-1);
    const isSame = (current?.shift ?? 0) === shift;
    this.#shift = shift;
    if (isSame && current) current.to = position;
    else stretches.push({ from: position, to: position, shift });
    return isSame;
  }

  /** The position that fits the item's hash: its own, or one that it was moved from. */
  #originOf(item: AuditAttributes, position: number): number | undefined {
    const follows = this.#recent.get(String(item["prevHash"]));
    const behind = Array.from({ length: LOOKAHEAD }, (_, skipped) => position + this.#shift + skipped + 1);
    const candidates = [position, ...(follows === undefined ? [] : [follows + 1]), ...behind];
    return candidates.find(
      seq => this.#sha256(auditContent({ ...item, sk: positionKey(seq) })) === item["hash"],
    );
  }

  #compare(seq: number, hash: string): void {
    const anchor = this.#anchors.get(seq);
    if (!anchor) return;
    if (anchor.hash === hash) this.#met.lastAgreed = seq;
    else this.#met.disagreements.push({ anchor, hash });
  }

  #remember(hash: string, seq: number): void {
    this.#recent.set(hash, seq);
    if (this.#recent.size > RECENT) this.#recent.delete(this.#recent.keys().next().value as string);
  }
}

/** A chain as a whole, and what it is compared with. */
export interface WholeChain {
  readonly partition: string;
  readonly items: Iterable<AuditAttributes>;
  /** Undefined if there is none. */
  readonly head: ChainHead | undefined;
  readonly anchors: readonly Anchor[];
}

/** Verifies a chain that is available as a whole. */
export function verifyChain({ partition, items, head, anchors }: WholeChain, sha256: Sha256): AuditFinding[] {
  const verifier = new ChainVerifier(partition, new Map(anchors.map(anchor => [anchor.seq, anchor])), sha256);
  for (const item of items) verifier.add(item);
  return verifier.finish(head);
}
