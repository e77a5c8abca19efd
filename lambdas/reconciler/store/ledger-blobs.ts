import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { canonicalJson, type Json } from "../../../core/json";
import type { ItemStore } from "../../runtime/item-store";
import { LedgerHashError } from "../runtime/errors";

/** Well below DynamoDB's 400 KB an item. */
const CHUNK_BYTES = 350_000;

const sortKey = (id: string, index: number) => `blob#${id}#${String(index).padStart(4, "0")}`;

/** The name of a value: the SHA-256 of its canonical JSON. */
export const blobId = (value: Json): string =>
  createHash("sha256").update(canonicalJson(value)).digest("hex");

/**
 * Writes a value that never changes, in chunks named by its SHA-256. Readers do not see it before something points to it,
 * so that a writer that dies between two chunks leaves nothing but rubbish.
 */
export async function writeBlob(
  store: ItemStore,
  table: string,
  cluster: string,
  value: Json,
): Promise<string> {
  const text = canonicalJson(value);
  const id = createHash("sha256").update(text).digest("hex");
  const bytes = gzipSync(text);
  const count = Math.max(1, Math.ceil(bytes.length / CHUNK_BYTES));
  for (let index = 0; index < count; index++) {
    const data = bytes.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES);
    await store.put({ table, item: { pk: cluster, sk: sortKey(id, index), count, data } });
  }
  return id;
}

/** Reads a value back, with its count of chunks and its SHA-256 verified. @throws LedgerHashError when it is not whole */
export async function readBlob(store: ItemStore, table: string, cluster: string, id: string): Promise<Json> {
  const stored = await store.list(table, cluster, `blob#${id}#`);
  const count = Number(stored[0]?.["count"] ?? 1);
  const chunks = stored.slice(0, count);
  if (count !== chunks.length || chunks.some((chunk, index) => chunk.sk !== sortKey(id, index)))
    throw new LedgerHashError(
      `${cluster}: the ledger's version ${id.slice(0, 12)} is incomplete: ${chunks.length} of ${count} chunks`,
    );
  let text: string;
  try {
    text = gunzipSync(Buffer.concat(chunks.map(chunk => chunk["data"] as Uint8Array))).toString("utf8");
  } catch {
    throw new LedgerHashError(
      `${cluster}: the ledger's version ${id.slice(0, 12)} cannot be unpacked: it was changed after it was written`,
    );
  }
  if (createHash("sha256").update(text).digest("hex") !== id)
    throw new LedgerHashError(
      `${cluster}: the ledger's version ${id.slice(0, 12)} does not have its SHA-256: it was changed after it was written`,
    );
  return JSON.parse(text) as Json;
}

/** Deletes the chunks of a value that nothing points to any more. */
export async function removeBlob(
  store: ItemStore,
  table: string,
  cluster: string,
  id: string,
): Promise<void> {
  for (const chunk of await store.list(table, cluster, `blob#${id}#`))
    await store.remove(table, cluster, chunk.sk);
}
