import { gunzipSync, gzipSync } from "node:zlib";
import * as z from "zod";
import { canonicalJson, type Json } from "../../../core/json";
import { rosterSchema } from "../../../core/roster/roster";
import { sha256Hex } from "../../runtime/hash";
import type { ItemStore } from "../../runtime/item-store";
import { LedgerHashError } from "../runtime/errors";

/** One version of a cluster's roster, which never changes. */
export const rosterVersionSchema = z.object({
  roster: rosterSchema,
  /** Accounts that earlier rosters declared and that may still exist. */
  formerly: z.array(z.string()).readonly(),
  /** The change set of the version, which makes every version a blob of its own. */
  changeSet: z.string(),
});
export type RosterVersion = z.output<typeof rosterVersionSchema>;

/** Accounts whose sessions are to be ended. */
export const sessionsSchema = z.object({
  accounts: z.array(z.object({ user: z.string(), host: z.string() })).readonly(),
});

/** Well below DynamoDB's 400 KB for one item. */
const CHUNK_BYTES = 350_000;

const sortKey = (id: string, index: number) => `blob#${id}#${String(index).padStart(4, "0")}`;

/** Values that never change, named by their SHA-256. */
export class LedgerBlobs {
  readonly #store: ItemStore;
  readonly #table: string;

  constructor(store: ItemStore, table: string) {
    this.#store = store;
    this.#table = table;
  }

  /**
   * Writes a value, in chunks. Readers see it only when something points to it, so a writer that dies between
   * two chunks leaves nothing but unused items.
   * @returns the value's id
   */
  async write(cluster: string, value: Json): Promise<string> {
    const text = canonicalJson(value);
    const id = sha256Hex(text);
    const bytes = gzipSync(text);
    const count = Math.max(1, Math.ceil(bytes.length / CHUNK_BYTES));
    for (let index = 0; index < count; index++) {
      const data = bytes.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES);
      const item = { pk: cluster, sk: sortKey(id, index), count, data };
      await this.#store.put({ table: this.#table, item });
    }
    return id;
  }

  /** Reads a value, and verifies its number of chunks and its SHA-256. @throws LedgerHashError */
  async read(cluster: string, id: string): Promise<Json> {
    const fail = (fault: string): never => {
      throw new LedgerHashError(`${cluster}: the ledger's version ${id.slice(0, 12)} ${fault}`);
    };
    const stored = await this.#store.list(this.#table, cluster, `blob#${id}#`);
    const count = Number(stored[0]?.["count"] ?? 1);
    const chunks = stored.slice(0, count);
    if (count !== chunks.length || chunks.some((chunk, index) => chunk.sk !== sortKey(id, index)))
      fail(`is incomplete: ${chunks.length} of ${count} chunks`);
    const text = unzipped(Buffer.concat(chunks.map(chunk => chunk["data"] as Uint8Array)));
    if (text === undefined) return fail("cannot be unpacked: it was changed after it was written");
    if (sha256Hex(text) !== id) fail("does not have its SHA-256: it was changed after it was written");
    return JSON.parse(text) as Json;
  }

  /** Deletes the chunks of a value that nothing points to any more. */
  async remove(cluster: string, id: string): Promise<void> {
    for (const chunk of await this.#store.list(this.#table, cluster, `blob#${id}#`))
      await this.#store.remove(this.#table, cluster, chunk.sk);
  }

  /** The same, without an error: a value that is kept too long does no harm. */
  async discard(cluster: string, id: string): Promise<void> {
    await this.remove(cluster, id).catch(() => {});
  }
}

function unzipped(bytes: Uint8Array): string | undefined {
  try {
    return gunzipSync(bytes).toString("utf8");
  } catch {
    return undefined;
  }
}
