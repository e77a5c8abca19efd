import { randomUUID } from "node:crypto";
import * as z from "zod";
import { EMPTY_ROSTER, type Roster, rosterSchema } from "../../../core/roster/roster";
import { type Item, type ItemStore, retryConflict } from "../../runtime/item-store";
import { LedgerError } from "../runtime/errors";
import { guardLedger } from "./guard-ledger";
import { LedgerBlobs } from "./ledger-blobs";
import type { Proofs } from "./proofs";
import {
  accountsOfEarlierRelease,
  formerlyInItem,
  type SourceAccounts,
  sourceAccountsSchema,
  unconfirmed,
} from "./source-accounts";
import { EMPTY_SOURCE, type SourceItem, sourceItemSchema } from "./source-ledger-item";

const SOURCE = "source#";
const BLOBS_KEPT = 6;
const ATTEMPTS = 8;
const rosterBlobSchema = z.object({ roster: rosterSchema });
const accountsBlobSchema = z.object({ accounts: sourceAccountsSchema });

/** The items of the sources in the ledger, and the blobs that they name. */
export class SourceItems {
  readonly #store: ItemStore;
  readonly #table: string;
  readonly #blobs: LedgerBlobs;
  readonly #proofs: Proofs;

  constructor(store: ItemStore, table: string, proofs: Proofs) {
    this.#store = store;
    this.#table = table;
    this.#proofs = proofs;
    this.#blobs = new LedgerBlobs(store, table);
  }

  /** All sources that the ledger knows on a cluster, by name. */
  items(cluster: string): Promise<ReadonlyMap<string, SourceItem>> {
    return this.#guard(cluster, "read", async () => {
      const found = await this.#store.list(this.#table, cluster, SOURCE);
      const parsed = new Map<string, SourceItem>();
      for (const item of found) parsed.set(item.sk.slice(SOURCE.length), await this.#parse(item));
      return parsed;
    });
  }

  /** What the ledger knows of a source; empty if it never had a document. */
  async item(cluster: string, name: string): Promise<SourceItem> {
    return this.#guard(cluster, "read", async () => {
      const item = await this.#store.get(this.#table, cluster, SOURCE + name);
      return item ? this.#parse(item) : EMPTY_SOURCE;
    });
  }

  async #parse(item: Item): Promise<SourceItem> {
    return { ...sourceItemSchema.parse(item), unproven: await this.#proofs.check(item) };
  }

  /** A roster by its blob's id; empty without one. */
  async roster(cluster: string, id: string | undefined): Promise<Roster> {
    if (id === undefined) return EMPTY_ROSTER;
    const read = async () => rosterBlobSchema.parse(await this.#blobs.read(cluster, id)).roster;
    return this.#guard(cluster, "read", read);
  }

  /**
   * Writes a roster that nothing points to yet. Each is a blob of its own, so that none is deleted while in
   * use.
   */
  writeRoster(cluster: string, source: string, roster: Roster): Promise<string> {
    const value = { source, roster, written: randomUUID() };
    return this.#guard(cluster, "written", () => this.#blobs.write(cluster, value));
  }

  /** The accounts that a source may change. What an unproven item says of them is not confirmed. */
  async accounts(cluster: string, item: SourceItem): Promise<SourceAccounts> {
    const { accounts: id } = item;
    if (id === undefined) {
      const rosters = [await this.roster(cluster, item.target), await this.roster(cluster, item.applied)];
      return accountsOfEarlierRelease(item, rosters);
    }
    const read = async () => accountsBlobSchema.parse(await this.#blobs.read(cluster, id)).accounts;
    const accounts = await this.#guard(cluster, "read", read);
    return item.unproven ? unconfirmed(accounts) : accounts;
  }

  /** Writes the accounts to a blob that nothing points to yet. @returns the attributes of the item */
  async writeAccounts(cluster: string, source: string, accounts: SourceAccounts) {
    const value = { source, accounts, written: randomUUID() };
    const id = await this.#guard(cluster, "written", () => this.#blobs.write(cluster, value));
    return { accounts: id, formerly: formerlyInItem(accounts) };
  }

  /** Deletes a blob that nothing points to. Never fails: unused blobs do no harm. */
  discard(cluster: string, id: string): Promise<void> {
    return this.#blobs.discard(cluster, id);
  }

  /**
   * Replaces the item if it still is `before`. An unproven one stays unproven, unless `after` says otherwise.
   * @returns whether it did: false if another run wrote first
   */
  async replace(cluster: string, name: string, before: SourceItem, after: SourceItem): Promise<boolean> {
    const named = [after.target, after.applied, after.accounts].filter(id => id !== undefined);
    const used = new Set(named);
    const all = [...new Set([...before.blobs, ...used])];
    const blobs = all.filter((id, index) => used.has(id) || index >= all.length - BLOBS_KEPT);
    const write = randomUUID();
    const { unproven, ...stored } = after;
    const item = { pk: cluster, sk: SOURCE + name, ...stored, blobs, revision: before.revision + 1, write };
    const put = {
      table: this.#table,
      item: unproven ? item : await this.#proofs.prove(item),
      condition:
        before.revision === 0 ? ("absent" as const) : { attribute: "revision", equals: before.revision },
    };
    const written = await this.#guard(cluster, "written", () => this.#store.put(put));
    if (!written && (await this.item(cluster, name)).write !== write) return false;
    for (const id of all.filter(kept => !blobs.includes(kept))) await this.discard(cluster, id);
    return true;
  }

  /** Changes the item. If another run wrote first, the item is read and changed again. */
  async change(
    cluster: string,
    name: string,
    change: (item: SourceItem) => SourceItem | Promise<SourceItem>,
  ): Promise<void> {
    const changed = await retryConflict({ attempts: ATTEMPTS }, async () => {
      const before = await this.item(cluster, name);
      return (await this.replace(cluster, name, before, await change(before))) || undefined;
    });
    if (!changed)
      throw new LedgerError(
        `${cluster}: the ledger's item of the source ${name} changed ${ATTEMPTS} times while it was being written.`,
      );
  }

  #guard<T>(cluster: string, verb: "read" | "written", work: () => Promise<T>): Promise<T> {
    return guardLedger(cluster, `the ledger (table ${this.#table}) could not be ${verb}`, work);
  }
}
