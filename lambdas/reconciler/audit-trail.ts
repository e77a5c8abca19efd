import { createHash } from "node:crypto";
import { canonicalJson, type Json } from "../../core/json";
import { pause } from "./deadline";
import { AuditError } from "./errors";
import type { ItemStore } from "./item-store";

/** Below DynamoDB's 400 KB an item, keys and marks included. */
const PART_BYTES = 300_000;
const ATTEMPTS = 12;

export type AuditKind = "intent" | "result" | "refused" | "lock-killed" | "hook-deleted" | "cluster-replaced" | "source";

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

/** The SHA-256 of an item's canonical JSON without its `hash`; it holds `prevHash`, so that a changed item breaks the chain. */
export function auditHash(item: { readonly [attribute: string]: Json | undefined }): string {
  const { hash: _, ...rest } = item;
  return createHash("sha256").update(canonicalJson(rest)).digest("hex");
}

/** The append-only record, one chain a cluster (and one for what was refused in its name). */
export class AuditTrail {
  constructor(
    private readonly store: ItemStore,
    private readonly table: string,
  ) {}

  /** Appends an entry, in as many items as its list needs. @throws AuditError when any of them cannot be written */
  async append(entry: AuditEntry, list?: AuditList): Promise<void> {
    const partition = entry.kind === "refused" ? `refused#${entry.cluster}` : entry.cluster;
    const parts = list ? cut(list.items) : [[]];
    for (const [index, part] of parts.entries()) {
      const numbered = parts.length > 1 ? { part: index + 1, parts: parts.length } : {};
      await this.#appendItem(partition, { ...entry, ...numbered, ...(list ? { [list.name]: part } : {}) });
    }
  }

  async #appendItem(pk: string, entry: { readonly [name: string]: Json | undefined }): Promise<void> {
    let tried: string | undefined;
    try {
      for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
        const head = await this.store.get(this.table, pk, "head");
        // Written after all: only the answer was lost.
        if (tried !== undefined && head?.["hash"] === tried) return;
        const seq = Number(head?.["seq"] ?? 0) + 1;
        const unhashed = { ...entry, pk, sk: String(seq).padStart(12, "0"), prevHash: (head?.["hash"] as string) ?? "" };
        const item = { ...unhashed, hash: auditHash(unhashed) };
        const written = await this.store.put(
          { table: this.table, item, condition: "absent" },
          {
            table: this.table,
            item: { pk, sk: "head", seq, hash: item.hash },
            condition: head ? { attribute: "seq", equals: seq - 1 } : "absent",
          },
        );
        if (written) return;
        tried = item.hash;
        await pause(20 * attempt + Math.random() * 50);
      }
    } catch (error) {
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      throw new AuditError(`${pk}: the audit trail (table ${this.table}) could not be written: ${reason}`, { cause: error });
    }
    throw new AuditError(`${pk}: the audit trail's head changed ${ATTEMPTS} times while it was being written. Apply again.`);
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
