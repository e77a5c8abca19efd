import { canonicalJson, type Json } from "../../../core/json";
import type { Unproven } from "../../../core/unproven";
import { errorName } from "../../runtime/errors";
import { sha256Hex } from "../../runtime/hash";
import type { Item } from "../../runtime/item-store";
import type { Log } from "../../runtime/log";
import type { ProofKey } from "../aws/proof-key";
import { LedgerError } from "../runtime/errors";

/** After a failure the key is not asked again for so long: a run must not wait for it at each item. */
const PAUSE_MS = 30_000;
/** How long this container believes what it has proven, and that the key answers: about as long as a run. */
const BELIEVED_MS = 60_000;
/** How many items this container remembers. */
const REMEMBERED = 1_000;
/** What the key checks a proof of to show that it answers. */
const QUESTION = "aurora-users does the key answer?";
/** As long as a proof is, and none: the preview may check proofs and make none. */
const NO_PROOF = Buffer.alloc(32).toString("base64");
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
  /** What was proven or checked here, and until when it is believed. A run reads again what it wrote. */
  readonly #proven = new Map<string, number>();
  /** What this container wrote without a proof, because the key did not answer. */
  readonly #ours = new Set<string>();
  #pausedUntil = 0;
  #answersUntil = 0;

  constructor(key: ProofKey, log: Pick<Log, "error" | "info">) {
    this.#key = key;
    this.#log = log;
  }

  /** The item with its proof; without one if the key does not answer. Never fails. */
  async prove<I extends Item>(item: I): Promise<I & { readonly proof: string | undefined }> {
    const message = messageOf(item);
    const proof = await this.#ask("proof not made", item, () => this.#key.make(message));
    if (proof === undefined) this.#ours.add(message);
    else this.#proven.set(message, Date.now() + BELIEVED_MS);
    forgetOldest(proof === undefined ? this.#ours : this.#proven);
    return { ...item, proof };
  }

  /** The same for an item that must not be without a proof. @throws LedgerError if the key does not answer */
  async proveOrFail<I extends Item>(item: I): Promise<I & { readonly proof: string | undefined }> {
    const proven = await this.prove(item);
    if (proven.proof === undefined) throw keyDoesNotAnswer(item.pk, "The ledger was not written.");
    return proven;
  }

  /** Why an item is unproven; undefined if it is proven. Never fails. */
  async check(item: Item): Promise<Unproven | undefined> {
    const { proof } = item;
    const message = messageOf(item);
    if ((this.#proven.get(message) ?? 0) > Date.now()) return undefined;
    if (proof === undefined) return (await this.#answers(item)) ? this.#unproven(item, "missing") : "unknown";
    if (typeof proof !== "string" || !PROOF.test(proof)) return this.#unproven(item, "invalid");
    const isValid = await this.#ask("proof not checked", item, () => this.#key.verify(message, proof));
    if (isValid === undefined) return "unknown";
    if (!isValid) return this.#unproven(item, "invalid");
    this.#proven.set(message, Date.now() + BELIEVED_MS);
    forgetOldest(this.#proven);
    return undefined;
  }

  /** The same, where an item that this container wrote needs no proof. */
  async checkUnlessOurs(item: Item): Promise<Unproven | undefined> {
    return this.#ours.has(messageOf(item)) ? undefined : this.check(item);
  }

  /** Whether the key answers. Without this, a key that is out of reach would look like an upgrade. */
  async #answers(item: Item): Promise<boolean> {
    if (Date.now() < this.#answersUntil) return true;
    return (
      (await this.#ask("proof not checked", item, () => this.#key.verify(QUESTION, NO_PROOF))) !== undefined
    );
  }

  #unproven({ pk, sk }: Item, why: Unproven): Unproven {
    this.#log.error("item without a valid proof", { cluster: pk, item: sk, why });
    return why;
  }

  /** @returns undefined if the key does not answer */
  async #ask<T>(failed: string, { pk, sk }: Item, ask: () => Promise<T>): Promise<T | undefined> {
    if (Date.now() < this.#pausedUntil) return undefined;
    try {
      const answer = await ask();
      this.#answersUntil = Date.now() + BELIEVED_MS;
      return answer;
    } catch (error) {
      this.#pausedUntil = Date.now() + PAUSE_MS;
      this.#answersUntil = 0;
      this.#log.error(failed, { cluster: pk, item: sk, reason: errorName(error) ?? "unknown" });
      return undefined;
    }
  }
}

/** A failure that says what a key out of reach left undone, and what to check. */
export const keyDoesNotAnswer = (cluster: string, undone: string): LedgerError =>
  new LedgerError(
    `${cluster}: the KMS key that proves the ledger does not answer. ${undone} Check the network path to KMS, ` +
      "the key's state and its policy.",
  );

function forgetOldest(remembered: Map<string, number> | Set<string>): void {
  if (remembered.size <= REMEMBERED) return;
  const [oldest] = remembered.keys();
  remembered.delete(oldest!);
}

/** What a proof is about, short enough for KMS (4,096 bytes). */
function messageOf({ proof: _, ...attributes }: Item): string {
  const members = Object.entries(attributes).map(([name, value]): [string, Json | undefined] => [
    name,
    value instanceof Uint8Array ? { bytes: Buffer.from(value).toString("base64") } : value,
  ]);
  return `aurora-users ledger item 1 ${sha256Hex(canonicalJson(Object.fromEntries(members)))}`;
}
