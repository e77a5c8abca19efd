import * as z from "zod";
import type { KnownPassword } from "../../../core/mysql/password-login";
import type { ItemStore } from "../../runtime/item-store";
import type { Proofs } from "./proofs";
import { ProvenBlobs } from "./proven-blobs";

const KEY = "passwords";
const keyOf = (cluster: string) => ({ pk: cluster, sk: KEY });

const passwordsSchema = z.object({
  accounts: z.record(
    z.string(),
    z.object({
      changed: z.number(),
      rotatingSince: z.string().optional(),
      rotatingUntil: z.string().optional(),
      oldUntil: z.string().optional(),
    }),
  ),
});

/**
 * When the functions set the password of each account: the ledger's item `passwords` of a cluster. It holds
 * no password.
 */
export class PasswordLedger {
  readonly #blobs: ProvenBlobs;

  constructor(store: ItemStore, table: string, proofs: Proofs) {
    this.#blobs = new ProvenBlobs(store, table, proofs);
  }

  /**
   * @returns by `quoteAccount`; nothing of an item that is not proven: who wrote it could hide another
   * password
   * @throws LedgerError
   */
  async read(cluster: string): Promise<Map<string, KnownPassword>> {
    const stored = await this.#blobs.find(keyOf(cluster));
    const value = stored && !stored.unproven ? await this.#blobs.value(stored) : undefined;
    return new Map(value === undefined ? [] : Object.entries(passwordsSchema.parse(value).accounts));
  }

  /** Writes all of it, under the cluster's lock. @throws LedgerError */
  async write(cluster: string, known: ReadonlyMap<string, KnownPassword>): Promise<void> {
    const before = await this.#blobs.find(keyOf(cluster));
    const accounts = Object.fromEntries(
      [...known].map(([account, { changed, oldUntil, rotatingSince, rotatingUntil }]) => [
        account,
        {
          changed,
          ...(oldUntil !== undefined && { oldUntil }),
          ...(rotatingSince !== undefined && { rotatingSince }),
          ...(rotatingUntil !== undefined && { rotatingUntil }),
        },
      ]),
    );
    await this.#blobs.write(keyOf(cluster), { kind: KEY, accounts }, before);
  }
}
