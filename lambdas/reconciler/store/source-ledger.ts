import { randomUUID } from "node:crypto";
import * as z from "zod";
import type { ParameterSource, RegistryEntry } from "../../../core/contract/registry-entry";
import type { KnownSource } from "../../../core/decisions/known-cluster";
import { canonicalJson } from "../../../core/json";
import { impersonal } from "../../../core/roster/impersonal";
import { accountNames, EMPTY_ROSTER, type Roster, rosterSchema } from "../../../core/roster/roster";
import { changedAccounts, rosterWithout, withinBounds } from "../../../core/source";
import { type Item, type ItemStore, retryConflict } from "../../runtime/item-store";
import { LedgerError } from "../runtime/errors";
import { guardLedger } from "./guard-ledger";
import { LedgerBlobs } from "./ledger-blobs";
import type { Proofs } from "./proofs";
import { EMPTY_SOURCE, type SourceItem, sourceItemSchema } from "./source-ledger-item";

const SOURCE = "source#";
const BLOBS_KEPT = 4;
const ATTEMPTS = 8;
const blobSchema = z.object({ roster: rosterSchema });

/**
 * One source of a cluster. Its roster holds what registry and ceiling still allow of the last accepted
 * document.
 */
export interface SourceState extends KnownSource {
  /** The ledger's `target` when this was read: shows later whether another document was accepted since. */
  readonly target?: string | undefined;
}

/** For each cluster: what was accepted from its sources, and what of that was put into force. */
export class SourceLedger {
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

  /**
   * All sources of the registry entry, in its order, then the withdrawn ones, which declare no account any
   * more.
   * @throws LedgerError
   */
  async states(cluster: string, entry: RegistryEntry): Promise<readonly SourceState[]> {
    const items = await this.#guard(cluster, "read", async () => {
      const found = await this.#store.list(this.#table, cluster, SOURCE);
      const parsed = new Map<string, SourceItem>();
      for (const item of found) parsed.set(item.sk.slice(SOURCE.length), await this.#parse(item));
      return parsed;
    });
    const states: SourceState[] = [];
    for (const source of entry.sources)
      states.push(await this.#state(cluster, source.name, items.get(source.name), { entry, source }));
    for (const [name, item] of items) {
      if (entry.sources.some(source => source.name === name)) continue;
      const state = await this.#state(cluster, name, item);
      if (state.formerly.length > 0 || state.target !== undefined) states.push(state);
    }
    return states;
  }

  /** @param registered absent for a source that the registry no longer names */
  async #state(
    cluster: string,
    name: string,
    item = EMPTY_SOURCE,
    registered?: { readonly entry: RegistryEntry; readonly source: ParameterSource },
  ): Promise<SourceState> {
    const { unproven } = item;
    const read = async (id: string | undefined) => {
      const found = await this.roster(cluster, id);
      return unproven ? impersonal(found) : found;
    };
    const target = await read(item.target);
    const applied = item.applied === item.target ? target : await read(item.applied);
    const roster = registered ? withinBounds(target, registered.source, registered.entry) : EMPTY_ROSTER;
    const named = new Set([...item.formerly, ...accountNames(target), ...accountNames(applied)]);
    return {
      name,
      roster,
      pending: changedAccounts(applied, roster),
      formerly: [...named].filter(account => !Object.hasOwn(roster.accounts, account)).sort(),
      effective: applied,
      withdrawn: registered === undefined,
      target: item.target,
      unproven,
    };
  }

  /**
   * Records that the rosters of `states` are in force now: nothing is pending, and no earlier account
   * remains.
   * @param unresolved accounts that could not be processed: for them nothing changes
   */
  async settle(cluster: string, states: readonly SourceState[], unresolved: ReadonlySet<string> = new Set()) {
    for (const state of states) {
      const { formerly, withdrawn } = state;
      if (withdrawn && formerly.some(account => unresolved.has(account))) continue;
      await this.#settle(cluster, {
        ...state,
        roster: unresolved.size === 0 ? state.roster : rosterWithout(unresolved, state),
        formerly: formerly.filter(account => !unresolved.has(account)),
      });
    }
  }

  async #settle(cluster: string, { name, roster, formerly, withdrawn, target }: SourceState): Promise<void> {
    const before = await this.item(cluster, name);
    if (before.revision === 0) return;
    // The next reading of the parameter proves the item again. Until then nothing of it is known.
    if (before.unproven && !withdrawn) return;
    if (withdrawn) {
      // A document that comes back after this is a new one.
      if (before.target === target) await this.change(cluster, name, () => EMPTY_SOURCE);
      return;
    }
    const gone = new Set(formerly);
    const isRoster = async (id: string) =>
      canonicalJson(await this.roster(cluster, id)) === canonicalJson(roster);
    const isEffective = before.applied !== undefined && (await isRoster(before.applied));
    if (isEffective && !before.formerly.some(account => gone.has(account))) return;
    // A target that was replaced since may have been deleted.
    const reusable = target !== undefined && target === before.target && (await isRoster(target));
    const idOfRoster = async () => (reusable ? target : this.writeRoster(cluster, name, roster));
    const applied = isEffective ? before.applied : await idOfRoster();
    await this.change(cluster, name, current => ({
      ...current,
      applied,
      formerly: current.formerly.filter(account => !gone.has(account)),
    }));
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
    const read = async () => blobSchema.parse(await this.#blobs.read(cluster, id)).roster;
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

  /** Deletes a roster that nothing points to. Never fails: unused blobs do no harm. */
  discard(cluster: string, id: string): Promise<void> {
    return this.#blobs.discard(cluster, id);
  }

  /**
   * Replaces the item if it still is `before`. An unproven one stays unproven, unless `after` says otherwise.
   * @returns whether it did: false if another run wrote first */
  async replace(cluster: string, name: string, before: SourceItem, after: SourceItem): Promise<boolean> {
    const used = new Set([after.target, after.applied].filter(id => id !== undefined));
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
  async change(cluster: string, name: string, change: (item: SourceItem) => SourceItem): Promise<void> {
    const changed = await retryConflict({ attempts: ATTEMPTS }, async () => {
      const before = await this.item(cluster, name);
      return (await this.replace(cluster, name, before, change(before))) || undefined;
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
