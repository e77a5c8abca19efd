import { createHash } from "node:crypto";
import {
  type AuditAttributes,
  type AuditKind,
  auditContent,
  auditPartition,
  HEAD_KEY,
  isRefusals,
  positionKey,
} from "../../../core/audit";
import type { Json } from "../../../core/json";
import { pause } from "../../runtime/deadline";
import type { ItemStore } from "../../runtime/item-store";
import type { Log } from "../../runtime/log";
import { AuditError } from "../runtime/errors";
import type { AuditAnchor, AuditHead } from "./audit-anchor";

/** Below DynamoDB's 400 KB an item, keys and marks included. */
const PART_BYTES = 300_000;
/** Enough for dozens of writers at once: in each round one of them gets through. */
const ATTEMPTS = 40;
const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 500;

export type { AuditKind };

/** One thing that was done, or refused. */
export interface AuditEntry {
  readonly kind: AuditKind;
  readonly cluster: string;
  readonly when: string;
  readonly [detail: string]: Json | undefined;
}

/** An entry's long list: `statements` of an intent, `results` of a result. It is cut into parts that fit an item. */
export interface AuditList {
  readonly name: "statements" | "results";
  readonly items: readonly Json[];
}

/** Who else is told of a chain's head. */
export interface AuditTrailOptions {
  /** Gets a line "audit head" for every append. */
  readonly log?: Pick<Log, "info" | "error">;
  /** Gets the head of each cluster's chain; those of refusals are in the log alone. */
  readonly anchor?: AuditAnchor;
  /** Told when the anchor could not be put; the entry is in the table all the same. */
  readonly onAnchorFailed?: (head: AuditHead) => void;
}

/** The SHA-256 of an item's canonical JSON without its `hash`; it holds `prevHash`, so that a changed item breaks the chain. */
export const auditHash = (item: AuditAttributes): string =>
  createHash("sha256").update(auditContent(item)).digest("hex");

interface Head {
  readonly seq: number;
  readonly hash: string;
}

/** The append-only record, one chain a cluster (and one for what was refused in its name). */
export class AuditTrail {
  /** Where each chain ended when it was last seen. Moved only where that still holds, so that an old one does no harm. */
  readonly #heads = new Map<string, Head>();

  constructor(
    private readonly store: ItemStore,
    private readonly table: string,
    private readonly options: AuditTrailOptions = {},
  ) {}

  /** Appends an entry, in as many items as its list needs. @throws AuditError when any of them cannot be written */
  async append(entry: AuditEntry, list?: AuditList): Promise<void> {
    const partition = auditPartition(entry.kind, entry.cluster);
    const parts = list ? cut(list.items) : [[]];
    let head: Head | undefined;
    for (const [index, part] of parts.entries()) {
      const numbered = parts.length > 1 ? { part: index + 1, parts: parts.length } : {};
      head = await this.#appendItem(partition, {
        ...entry,
        ...numbered,
        ...(list ? { [list.name]: part } : {}),
      });
    }
    if (head) await this.#tell({ pk: partition, seq: head.seq, hash: head.hash, when: entry.when });
  }

  async #appendItem(pk: string, entry: { readonly [name: string]: Json | undefined }): Promise<Head> {
    try {
      let head = this.#heads.get(pk) ?? (await this.#readHead(pk));
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const written = await this.#tryToAppend(pk, entry, head);
        if (written) {
          this.#heads.set(pk, written);
          return written;
        }
        await pause(Math.random() * Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS));
        head = await this.#readHead(pk);
      }
    } catch (error) {
      this.#heads.delete(pk);
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      throw new AuditError(`${pk}: the audit trail (table ${this.table}) could not be written: ${reason}`, {
        cause: error,
      });
    }
    this.#heads.delete(pk);
    throw new AuditError(
      `${pk}: the audit trail's head changed ${ATTEMPTS} times while it was being written. Apply again.`,
    );
  }

  /** The new head; undefined where another writer was faster. */
  async #tryToAppend(pk: string, entry: AuditAttributes, head: Head | undefined): Promise<Head | undefined> {
    const seq = (head?.seq ?? 0) + 1;
    const unhashed = { ...entry, pk, sk: positionKey(seq), prevHash: head?.hash ?? "" };
    const item = { ...unhashed, hash: auditHash(unhashed) };
    const written = await this.store.put(
      { table: this.table, item, condition: "absent" },
      {
        table: this.table,
        item: { pk, sk: HEAD_KEY, seq, hash: item.hash },
        // The hash, not the position: it stands for the whole chain before.
        condition: head ? { attribute: "hash", equals: head.hash } : "absent",
      },
    );
    if (written) return { seq, hash: item.hash };
    // Written after all: only the answer was lost, and the next attempt met it.
    const there = await this.store.get(this.table, pk, item.sk);
    return there?.["hash"] === item.hash ? { seq, hash: item.hash } : undefined;
  }

  async #readHead(pk: string): Promise<Head | undefined> {
    const head = await this.store.get(this.table, pk, HEAD_KEY);
    return head && { seq: Number(head["seq"]), hash: String(head["hash"]) };
  }

  /** Never fails: the entry is written, and what it records must not be undone for want of an anchor. */
  async #tell(head: AuditHead): Promise<void> {
    const { anchor, log, onAnchorFailed } = this.options;
    const { pk, seq, hash } = head;
    log?.info("audit head", { chain: pk, seq, hash });
    if (!anchor || isRefusals(pk)) return;
    try {
      await anchor.put(head);
    } catch (error) {
      log?.error("audit anchor failed", {
        chain: pk,
        seq,
        reason: error instanceof Error ? error.name : "unknown",
      });
      onAnchorFailed?.(head);
    }
  }
}

function cut(items: readonly Json[]): Json[][] {
  const parts: Json[][] = [[]];
  let bytes = 0;
  for (const item of items) {
    const size = Buffer.byteLength(JSON.stringify(item));
    if (bytes + size > PART_BYTES && parts.at(-1)!.length > 0) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)!.push(item);
    bytes += size;
  }
  return parts;
}
