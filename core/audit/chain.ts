import type { AuditAttributes } from "./audit-item";

/** The SHA-256 of a text's UTF-8, in hexadecimal digits. Handed in: core has no cryptography of its own. */
export type Sha256 = (text: string) => string;

/** A chain's last item, as its head says. */
export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

/** What was said of a chain's head in another place, at a time that has passed. */
export interface Anchor extends ChainHead {
  readonly when?: string;
}

/**
 * `altered`: the item no longer has the content that it was written with. `missing`: it was taken out. `inserted`: nobody appended
 * it. `swapped`: two stand in each other's place. `cut-off`: the chain ended later once. `rewritten`: the chain was made anew from
 * some item on. `head`, `anchor`: the chain is whole, and its head, or what is said elsewhere, does not fit it.
 */
export type FindingKind =
  | "altered"
  | "missing"
  | "inserted"
  | "swapped"
  | "cut-off"
  | "rewritten"
  | "head"
  | "anchor";

/** One thing that is wrong with a chain. */
export interface AuditFinding {
  readonly kind: FindingKind;
  readonly partition: string;
  /** The position concerned, or the first of them. */
  readonly seq: number;
  /** The last of them, where there are several. */
  readonly to?: number;
  /** A sentence that says which item, and what is wrong with it. */
  readonly message: string;
  /** When the item was written, as it says itself. */
  readonly when?: string;
}

/** A finding without its partition, while it is looked for. */
export type ChainFinding = Omit<AuditFinding, "partition">;

/** An item that does not have the hash that it says. */
export interface Misfit {
  readonly position: number;
  readonly item: AuditAttributes;
  /** Whether it names the item before it by another hash than that has. */
  readonly unlinked: boolean;
  /** The position of the item that it is a copy of. */
  readonly copyOf?: number;
}

/** Items in a row that all stand equally far from where they were written. */
export interface Stretch {
  readonly from: number;
  to: number;
  /** Where they were written, less where they stand. */
  readonly shift: number;
}

/** Two neighbours of which each has its own hash, and the later one names another before it. */
export interface Break {
  /** The later one's position; behind the last item, that is the head. */
  readonly position: number;
  /** When the earlier one was written, as it says. */
  readonly when?: string;
}

/** An anchor that names another hash than the item has. */
export interface Disagreement {
  readonly anchor: Anchor;
  readonly hash: string;
}

/** What was met on the way through a chain; the whole of it says what was done to it. */
export interface Encountered {
  readonly found: ChainFinding[];
  readonly gaps: { readonly from: number; readonly to: number }[];
  readonly misfits: Misfit[];
  readonly stretches: Stretch[];
  readonly breaks: Break[];
  readonly disagreements: Disagreement[];
  /** The last anchor that fits. 0: none does. */
  lastAgreed: number;
}

/** The positions that a finding is about. */
export const span = (from: number, to: number): { seq: number; to?: number } =>
  from === to ? { seq: from } : { seq: from, to };
/** `item 7`, `items 7 to 9` */
export const itemsText = (from: number, to: number): string =>
  from === to ? `item ${from}` : `items ${from} to ${to}`;
export const wasOrWere = (from: number, to: number): string => (from === to ? "was" : "were");

/** Enough of a hash to tell it from another. */
export const short = (hash: unknown): string =>
  typeof hash === "string" && hash !== "" ? `${hash.slice(0, 12)}...` : "nothing";

/** When an item was written, as it says. */
export const whenOf = (item: AuditAttributes): { when?: string } =>
  typeof item["when"] === "string" ? { when: item["when"] } : {};
