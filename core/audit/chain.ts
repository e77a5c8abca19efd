import { defined } from "../json";
import type { AuditAttributes } from "./audit-item";

/**
 * The SHA-256 of a text's UTF-8, in hexadecimal digits. Passed in, because core has no cryptography of its
 * own.
 */
export type Sha256 = (text: string) => string;

/** A chain's last item, according to its head. */
export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

/** A copy of a chain's head that was kept in another place, from an earlier time. */
export interface Anchor extends ChainHead {
  readonly when?: string;
}

/**
 * What was done to a chain:
 * - `altered`: an item no longer has its original content
 * - `missing`: an item was taken out
 * - `inserted`: an item was added that the audit trail did not append
 * - `swapped`: two items are in each other's place
 * - `cut-off`: the chain once was longer
 * - `rewritten`: the hashes were computed again from some item on
 * - `head`, `anchor`: the chain is intact, but its head or an anchor does not fit it
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

/** One fault of a chain. */
export interface AuditFinding {
  readonly kind: FindingKind;
  readonly partition: string;
  /** The position concerned, or the first of several. */
  readonly seq: number;
  /** The last of several positions. */
  readonly to?: number;
  /** A sentence that says which item, and what is wrong with it. */
  readonly message: string;
  /** When the item was written, according to itself. */
  readonly when?: string;
}

/** A finding before its partition is added. */
export type ChainFinding = Omit<AuditFinding, "partition">;

/** An item whose content does not have the hash that it claims. */
export interface Misfit {
  readonly position: number;
  readonly item: AuditAttributes;
  /** Whether its link names another hash than the item before it has. */
  readonly unlinked: boolean;
  /** The position of the item that it is a copy of. */
  readonly copyOf?: number;
}

/** Consecutive items that all moved by the same distance. */
export interface Stretch {
  readonly from: number;
  to: number;
  /** Their original position minus their present one. */
  readonly shift: number;
}

/** Two neighbours with valid hashes, where the later one names another item before it. */
export interface Break {
  /** The later one's position. After the last item, it is that of the head. */
  readonly position: number;
  /** When the earlier one was written, according to itself. */
  readonly when?: string | undefined;
}

/** An anchor that names another hash than the item has. */
export interface Disagreement {
  readonly anchor: Anchor;
  readonly hash: string;
}

/** Everything unusual that was met while the chain was read. Together it shows what was done to the chain. */
export interface Encountered {
  readonly found: ChainFinding[];
  readonly gaps: { readonly from: number; readonly to: number }[];
  readonly misfits: Misfit[];
  readonly stretches: Stretch[];
  readonly breaks: Break[];
  readonly disagreements: Disagreement[];
  /** The position of the last anchor that fits. 0: none does. */
  lastAgreed: number;
}

/** The last item of a chain. */
export interface ChainEnd {
  /** 0: the chain is empty. */
  readonly position: number;
  /** The position that it was written at. */
  readonly origin: number;
  readonly hash: string;
  /** Whether it has the hash that it claims. */
  readonly whole: boolean;
  readonly when: string | undefined;
}

/** What a chain is compared with. */
export interface ChainReference {
  readonly head: ChainHead | undefined;
  /** Whether the head names an item, by position and hash, that exists. */
  readonly headFits: boolean;
  readonly anchors: ReadonlyMap<number, Anchor>;
  readonly sha256: Sha256;
}

/** The positions of a finding. */
export const span = (from: number, to: number): { seq: number; to?: number } =>
  from === to ? { seq: from } : { seq: from, to };
/** `item 7`, `items 7 to 9` */
export const itemsText = (from: number, to: number): string =>
  from === to ? `item ${from}` : `items ${from} to ${to}`;
/** `item 7 was`, `items 7 to 9 were` */
export const itemsWere = (from: number, to: number): string =>
  `${itemsText(from, to)} ${from === to ? "was" : "were"}`;

/** Enough of a hash to distinguish it from another. */
export const short = (hash: unknown): string =>
  typeof hash === "string" && hash !== "" ? `${hash.slice(0, 12)}...` : "nothing";

/** `the anchor of 2027-03-31T12:00:00Z` */
export const anchorText = (article: "an" | "the", { when }: Anchor): string =>
  `${article} anchor${when === undefined ? "" : ` of ${when}`}`;

/** When an item was written, according to itself. */
export const whenOf = ({ when }: AuditAttributes): { when?: string } =>
  defined({ when: typeof when === "string" ? when : undefined });
