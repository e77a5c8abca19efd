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
import { jsonBytes, splitList } from "../../../core/split-list";
import { errorName } from "../../runtime/errors";
import { sha256Hex } from "../../runtime/hash";
import { type ItemStore, retryConflict } from "../../runtime/item-store";
import type { Log } from "../../runtime/log";
import { AuditError } from "../runtime/errors";
import type { AuditAnchor, AuditHead } from "./audit-anchor";

/** Below DynamoDB's 400 KB for one item, with room for keys and other attributes. */
const PART_BYTES = 300_000;
/** Enough for dozens of writers at once: in each round one of them succeeds. */
const ATTEMPTS = 40;
const pauseMs = (attempt: number) => Math.random() * Math.min(25 * 2 ** (attempt - 1), 500);

/** One action, or one refusal. */
export interface AuditEntry {
  readonly kind: AuditKind;
  readonly cluster: string;
  readonly when: string;
  readonly [detail: string]: Json | undefined;
}

/**
 * An entry's long list: `statements` of an intent, `results` of a result, `accountChanges` of an apply. Lists
 * are cut into parts that fit into items.
 */
export interface AuditList {
  readonly name: "statements" | "results" | "accountChanges";
  readonly items: readonly Json[];
}

/** Where a chain's head is recorded in addition to the table. */
export interface AuditTrailOptions {
  /** Gets a line "audit head" for every append. */
  readonly log?: Pick<Log, "info" | "error">;
  /** Gets the head of each cluster's chain. Heads of refusals are only logged. */
  readonly anchor?: AuditAnchor | undefined;
  /** Called when the anchor could not be put. The entry is in the table all the same. */
  readonly onAnchorFailed?: (head: AuditHead) => void;
}

/**
 * The SHA-256 of an item's canonical JSON without its `hash`. It covers `prevHash`, so a changed item breaks
 * the chain.
 */
export const auditHash = (item: AuditAttributes): string => sha256Hex(auditContent(item));

type Head = Pick<AuditHead, "seq" | "hash">;

/** The append-only record: one chain for each cluster, and one for the refusals in its name. */
export class AuditTrail {
  /**
   * The last known head of each chain. An outdated one does no harm: the next append is conditional on it.
   */
  readonly #heads = new Map<string, Head>();
  readonly #store: ItemStore;
  readonly #table: string;
  readonly #options: AuditTrailOptions;

  constructor(store: ItemStore, table: string, options: AuditTrailOptions = {}) {
    this.#store = store;
    this.#table = table;
    this.#options = options;
  }

  /**
   * Appends an entry, in as many items as its lists need.
   * @throws AuditError when any of them cannot be written
   */
  async append(entry: AuditEntry, ...lists: readonly AuditList[]): Promise<void> {
    const pk = auditPartition(entry.kind, entry.cluster);
    const head = await this.#appendParts(pk, entry, lists);
    await this.#announce({ pk, seq: head.seq, hash: head.hash, when: entry.when });
  }

  async #appendParts(pk: string, entry: AuditEntry, lists: readonly AuditList[]): Promise<Head> {
    const whole = Object.fromEntries(lists.map(({ items, name }) => [name, items]));
    const bytes = jsonBytes(lists.flatMap(({ items }) => items));
    const parts = lists.flatMap(({ items, name }) =>
      splitList(items, { bytes: PART_BYTES }, jsonBytes).map(part => ({ [name]: part })),
    );
    if (bytes <= PART_BYTES || parts.length <= 1) return this.#appendItem(pk, { ...entry, ...whole });
    let head: Head | undefined;
    for (const [index, part] of parts.entries())
      head = await this.#appendItem(pk, { ...entry, part: index + 1, parts: parts.length, ...part });
    return head!;
  }

  async #appendItem(pk: string, entry: AuditAttributes): Promise<Head> {
    let written: Head | undefined;
    try {
      written = await this.#appendInTurn(pk, entry);
    } catch (cause) {
      this.#heads.delete(pk);
      throw new AuditError(`${pk}: the audit trail (table ${this.#table}) could not be written`, { cause });
    }
    if (written) {
      this.#heads.set(pk, written);
      return written;
    }
    this.#heads.delete(pk);
    throw new AuditError(
      `${pk}: the audit trail's head changed ${ATTEMPTS} times while it was being written. Apply again.`,
    );
  }

  /** @returns undefined if other writers were faster in every attempt */
  #appendInTurn(pk: string, entry: AuditAttributes): Promise<Head | undefined> {
    let known = this.#heads.get(pk);
    return retryConflict({ attempts: ATTEMPTS, pauseMs }, async () => {
      const head = known ?? (await this.#readHead(pk));
      known = undefined;
      return this.#tryToAppend(pk, entry, head);
    });
  }

  /** @returns the new head; undefined if another writer was faster */
  async #tryToAppend(pk: string, entry: AuditAttributes, head: Head | undefined): Promise<Head | undefined> {
    const seq = (head?.seq ?? 0) + 1;
    const unhashed = { ...entry, pk, sk: positionKey(seq), prevHash: head?.hash ?? "" };
    const item = { ...unhashed, hash: auditHash(unhashed) };
    const written = await this.#store.put(
      { table: this.#table, item, condition: "absent" },
      {
        table: this.#table,
        item: { pk, sk: HEAD_KEY, seq, hash: item.hash },
        // The hash and not the position, because it covers the whole chain.
        condition: head ? { attribute: "hash", equals: head.hash } : "absent",
      },
    );
    if (written) return { seq, hash: item.hash };
    // If only the answer of an earlier attempt was lost, the item is there.
    const there = await this.#store.get(this.#table, pk, item.sk);
    return there?.["hash"] === item.hash ? { seq, hash: item.hash } : undefined;
  }

  async #readHead(pk: string): Promise<Head | undefined> {
    const head = await this.#store.get(this.#table, pk, HEAD_KEY);
    return head && { seq: Number(head["seq"]), hash: String(head["hash"]) };
  }

  /** Never fails: the entry is written, and a missing anchor is no reason to stop the run that it records. */
  async #announce(head: AuditHead): Promise<void> {
    const { anchor, log, onAnchorFailed } = this.#options;
    const { pk, seq, hash } = head;
    log?.info("audit head", { chain: pk, seq, hash });
    if (!anchor || isRefusals(pk)) return;
    try {
      await anchor.put(head);
    } catch (error) {
      log?.error("audit anchor failed", { chain: pk, seq, reason: errorName(error) ?? "unknown" });
      onAnchorFailed?.(head);
    }
  }
}
