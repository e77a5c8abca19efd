import { canonicalJson, type Json } from "../../../core/json";
import type { Unproven } from "../../../core/unproven";
import { errorName } from "../../runtime/errors";
import { sha256Hex } from "../../runtime/hash";
import type { Item } from "../../runtime/item-store";
import type { Log } from "../../runtime/log";
import type { ProofKey } from "../aws/proof-key";

/** After a failure the key is not asked again for so long: a run must not wait for it at each item. */
const PAUSE_MS = 30_000;
/** How many items this container remembers to have proven. */
const REMEMBERED = 1_000;
/** The base64 of 32 bytes. */
const PROOF = /^[A-Za-z0-9+/]{43}=$/;

/**
 * Proves that this reconciler's functions wrote an item of the ledger. The proof (attribute `proof`) covers
 * both keys and every attribute, so it is worth nothing on another item. The values that the item points to
 * are named by their SHA-256, so it covers them too.
 */
export class Proofs {
  readonly #key: ProofKey;
  readonly #log: Pick<Log, "error" | "info">;
  /** The messages that were proven or checked here. Written items are read again in the same run. */
  readonly #proven = new Set<string>();
  #pausedUntil = 0;

  constructor(key: ProofKey, log: Pick<Log, "error" | "info">) {
    this.#key = key;
    this.#log = log;
  }

  /** The item with its proof; without one if the key does not answer. Never fails. */
  async prove<I extends Item>(item: I): Promise<I & { readonly proof: string | undefined }> {
    const message = messageOf(item);
    // Also if the key does not answer: this container wrote the item.
    this.#remember(message);
    const proof = await this.#ask("proof not made", item, () => this.#key.make(message));
    return { ...item, proof };
  }

  /** Why an item is unproven; undefined if it is proven. Never fails. */
  async check(item: Item): Promise<Unproven | undefined> {
    const { proof } = item;
    const message = messageOf(item);
    if (this.#proven.has(message)) return undefined;
    if (proof === undefined) return this.#unproven(item, "missing");
    if (typeof proof !== "string" || !PROOF.test(proof)) return this.#unproven(item, "invalid");
    const isValid = await this.#ask("proof not checked", item, () => this.#key.verify(message, proof));
    if (isValid === undefined) return "unknown";
    if (!isValid) return this.#unproven(item, "invalid");
    this.#remember(message);
    return undefined;
  }

  #unproven({ pk, sk }: Item, why: Unproven): Unproven {
    this.#log.error("item without a valid proof", { cluster: pk, item: sk, why });
    return why;
  }

  /** @returns undefined if the key does not answer */
  async #ask<T>(failed: string, { pk, sk }: Item, ask: () => Promise<T>): Promise<T | undefined> {
    if (Date.now() < this.#pausedUntil) return undefined;
    try {
      return await ask();
    } catch (error) {
      this.#pausedUntil = Date.now() + PAUSE_MS;
      this.#log.error(failed, { cluster: pk, item: sk, reason: errorName(error) ?? "unknown" });
      return undefined;
    }
  }

  #remember(message: string): void {
    this.#proven.add(message);
    if (this.#proven.size <= REMEMBERED) return;
    const [oldest] = this.#proven;
    this.#proven.delete(oldest!);
  }
}

/** What a proof is about, short enough for KMS (4,096 bytes). */
function messageOf({ proof: _, ...attributes }: Item): string {
  const members = Object.entries(attributes).map(([name, value]): [string, Json | undefined] => [
    name,
    value instanceof Uint8Array ? { bytes: Buffer.from(value).toString("base64") } : value,
  ]);
  return `aurora-users ledger item 1 ${sha256Hex(canonicalJson(Object.fromEntries(members)))}`;
}
