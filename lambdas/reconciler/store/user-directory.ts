import * as z from "zod";
import { personPartitions } from "../../../core/contract/offboarding";
import { canonicalJson } from "../../../core/json";
import type { ItemStore } from "../../runtime/item-store";
import type { Proofs } from "./proofs";
import { ProvenBlobs } from "./proven-blobs";

/** How long the name of a user who is gone is kept: longer than any event waits. */
const KEPT_MS = 90 * 24 * 3_600_000;

const userSchema = z.object({
  name: z.string(),
  /** Since when Identity Center no longer has the user. */
  gone: z.iso.datetime().optional(),
});
const directorySchema = z.record(z.string(), userSchema).readonly();
type Directory = z.output<typeof directorySchema>;

/**
 * The names of Identity Center's users by their ids, as they were when a run last asked: the ledger's item
 * `users` of `#directory`. The event about a deleted user names only the id.
 */
export class UserDirectory {
  readonly #blobs: ProvenBlobs;
  readonly #key: { readonly pk: string; readonly sk: string };

  constructor(store: ItemStore, table: string, proofs: Proofs, partitions = personPartitions()) {
    this.#key = { pk: partitions.directory, sk: "users" };
    this.#blobs = new ProvenBlobs(store, table, proofs);
  }

  /** The name of a user, also of one who is gone. @throws LedgerError */
  async nameOf(id: string): Promise<string | undefined> {
    const { users } = await this.#read();
    return Object.hasOwn(users, id) ? users[id]!.name : undefined;
  }

  /**
   * Replaces the names by those that Identity Center has now, and keeps those of users who are gone.
   * @returns how many users there are, and how many are gone
   * @throws LedgerError
   */
  async refresh(names: ReadonlyMap<string, string>, at: Date) {
    const { stored, users: before } = await this.#read();
    const gone = Object.entries(before).flatMap(([id, { gone = at.toISOString(), name }]) =>
      names.has(id) || at.getTime() - Date.parse(gone) > KEPT_MS ? [] : [[id, { name, gone }] as const],
    );
    const users: Directory = Object.fromEntries([
      ...[...names].map(([id, name]) => [id, { name }] as const),
      ...gone,
    ]);
    const counts = { users: names.size, gone: gone.length };
    if (stored && !stored.unproven && canonicalJson(users) === canonicalJson(before)) return counts;
    await this.#blobs.write(this.#key, { kind: "directory", users }, stored, true);
    return counts;
  }

  /** An unproven list is believed: all that it can bring about is a lock. */
  async #read() {
    const stored = await this.#blobs.find(this.#key);
    const value = stored && (await this.#blobs.value(stored));
    const users = directorySchema.safeParse((value as { users?: unknown } | undefined)?.users).data ?? {};
    return { stored, users };
  }
}
