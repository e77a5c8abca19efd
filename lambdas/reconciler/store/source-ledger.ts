import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { RegistryEntry } from "../../../core/contract/registry-entry";
import type { Json } from "../../../core/json";
import { canonicalJson } from "../../../core/json";
import {
  accountNames,
  privilegesOf,
  type Roster,
  type RosterAccount,
  rosterSchema,
} from "../../../core/roster/roster";
import { withinBounds } from "../../../core/source";
import { pause } from "../../runtime/deadline";
import type { ItemStore } from "../../runtime/item-store";
import { LedgerError } from "../runtime/errors";
import { guardLedger } from "./guard-ledger";
import { readBlob, removeBlob, writeBlob } from "./ledger-blobs";
import { EMPTY_SOURCE, type SourceItem, sourceItemSchema } from "./source-ledger-item";

const SOURCE = "source#";
const BLOBS_KEPT = 4;
const ATTEMPTS = 8;
const NOBODY: Roster = { roles: {}, accounts: {} };
const blobSchema = z.object({ roster: rosterSchema });

/** One source of a cluster, as its last good document says. */
export interface SourceState {
  readonly name: string;
  /** The last accepted document, as far as registry and ceiling still allow it; empty if there is none. */
  readonly roster: Roster;
  /** Accounts whose entry changed since it was last put into force. */
  readonly pending: readonly string[];
  /** Accounts that earlier documents declared, not in `roster`, that may still exist. */
  readonly formerly: readonly string[];
  /** What was last put into force. */
  readonly effective: Roster;
  /** Whether the registry no longer names the source. */
  readonly withdrawn: boolean;
  /** What the ledger held when this was read, to know what is settled. */
  readonly target?: string | undefined;
}

/** What of its sources was accepted for each cluster, and put into force. */
export class SourceLedger {
  constructor(
    private readonly store: ItemStore,
    private readonly table: string,
  ) {}

  /**
   * All sources of the registry entry, in its order, then those that only the ledger still knows: with nobody in them.
   * @throws LedgerError
   */
  async states(cluster: string, entry: RegistryEntry): Promise<readonly SourceState[]> {
    const known = await this.#guard(cluster, "read", async () => {
      const items = await this.store.list(this.table, cluster, SOURCE);
      return new Map(items.map(item => [item.sk.slice(SOURCE.length), sourceItemSchema.parse(item)]));
    });
    const withdrawn = [...known.keys()].filter(name => !entry.sources.some(source => source.name === name));
    const states: SourceState[] = [];
    for (const name of [...entry.sources.map(source => source.name), ...withdrawn]) {
      const item = known.get(name) ?? EMPTY_SOURCE;
      const source = entry.sources.find(named => named.name === name);
      const state = await this.#state(cluster, entry, name, item, source);
      if (source || state.formerly.length > 0 || item.target !== undefined) states.push(state);
    }
    return states;
  }

  async #state(
    cluster: string,
    entry: RegistryEntry,
    name: string,
    item: SourceItem,
    source: RegistryEntry["sources"][number] | undefined,
  ): Promise<SourceState> {
    const target = await this.roster(cluster, item.target);
    const applied = item.applied === item.target ? target : await this.roster(cluster, item.applied);
    const roster = source ? withinBounds(target, source, entry) : NOBODY;
    const named = new Set([...item.formerly, ...accountNames(target), ...accountNames(applied)]);
    return {
      name,
      roster,
      pending: accountNames(roster).filter(
        account => entryText(roster, account) !== entryText(applied, account),
      ),
      formerly: [...named].filter(account => !Object.hasOwn(roster.accounts, account)).sort(),
      effective: applied,
      withdrawn: source === undefined,
      target: item.target,
    };
  }

  /**
   * What `states` hold is now in force: nothing is pending, and nobody is left of before.
   * @param undone accounts that could not be dealt with: for them it is as it was
   */
  async settle(
    cluster: string,
    states: readonly SourceState[],
    undone: ReadonlySet<string> = new Set(),
  ): Promise<void> {
    for (const state of states) {
      if (state.withdrawn && state.formerly.some(account => undone.has(account))) continue;
      await this.#settle(cluster, undone.size === 0 ? state : asDone(state, undone));
    }
  }

  async #settle(cluster: string, { name, roster, formerly, withdrawn, target }: SourceState): Promise<void> {
    const before = await this.item(cluster, name);
    if (before.revision === 0) return;
    if (withdrawn) {
      // A document that comes back after this is a new one.
      if (before.target === target) await this.change(cluster, name, () => ({ ...EMPTY_SOURCE }));
      return;
    }
    const gone = new Set(formerly);
    const inForce =
      before.applied !== undefined &&
      canonicalRoster(await this.roster(cluster, before.applied)) === canonicalRoster(roster);
    if (inForce && !before.formerly.some(account => gone.has(account))) return;
    // One that was replaced meanwhile may be swept away.
    const whole =
      target !== undefined &&
      target === before.target &&
      canonicalRoster(await this.roster(cluster, target)) === canonicalRoster(roster);
    const applied = inForce ? before.applied : whole ? target : await this.writeRoster(cluster, name, roster);
    await this.change(cluster, name, current => ({
      ...current,
      applied,
      formerly: current.formerly.filter(account => !gone.has(account)),
    }));
  }

  /** What the ledger knows of a source; nothing where it never saw it. */
  async item(cluster: string, name: string): Promise<SourceItem> {
    return this.#guard(cluster, "read", async () => {
      const item = await this.store.get(this.table, cluster, SOURCE + name);
      return item ? sourceItemSchema.parse(item) : EMPTY_SOURCE;
    });
  }

  /** A roster by its blob's name; nobody without one. */
  async roster(cluster: string, id: string | undefined): Promise<Roster> {
    if (id === undefined) return NOBODY;
    return this.#guard(
      cluster,
      "read",
      async () => blobSchema.parse(await readBlob(this.store, this.table, cluster, id)).roster,
    );
  }

  /** Writes a roster without pointing to it. No two are one blob, so that none is swept away that another write points to. */
  writeRoster(cluster: string, source: string, roster: Roster): Promise<string> {
    const value = { source, roster, written: randomUUID() } as unknown as Json;
    return this.#guard(cluster, "written", () => writeBlob(this.store, this.table, cluster, value));
  }

  /** Takes away a roster that nothing came to point to. Failing to is no failure: rubbish harms nobody. */
  async discard(cluster: string, id: string): Promise<void> {
    await removeBlob(this.store, this.table, cluster, id).catch(() => {});
  }

  /** Replaces the item if it still is `before`. @returns false when another run was faster; nothing was written then */
  async replace(cluster: string, name: string, before: SourceItem, after: SourceItem): Promise<boolean> {
    const added = [after.target, after.applied].filter(
      (id): id is string => id !== undefined && !before.blobs.includes(id),
    );
    const used = new Set([after.target, after.applied]);
    const all = [...before.blobs, ...new Set(added)];
    const blobs = all.filter((id, index) => used.has(id) || index >= all.length - BLOBS_KEPT);
    const write = randomUUID();
    const item = { pk: cluster, sk: SOURCE + name, ...after, blobs, revision: before.revision + 1, write };
    const condition =
      before.revision === 0 ? "absent" : ({ attribute: "revision", equals: before.revision } as const);
    const written = await this.#guard(cluster, "written", () =>
      this.store.put({ table: this.table, item, condition }),
    );
    if (!written && (await this.item(cluster, name)).write !== write) return false;
    for (const id of all.filter(kept => !blobs.includes(kept))) await this.discard(cluster, id);
    return true;
  }

  /** Changes the item, asking `change` anew when another run was faster. */
  async change(cluster: string, name: string, change: (item: SourceItem) => SourceItem): Promise<void> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const before = await this.item(cluster, name);
      if (await this.replace(cluster, name, before, change(before))) return;
      await pause(20 * attempt + Math.random() * 50);
    }
    throw new LedgerError(
      `${cluster}: the ledger's item of the source ${name} changed ${ATTEMPTS} times while it was being written.`,
    );
  }

  #guard<T>(cluster: string, verb: "read" | "written", work: () => Promise<T>): Promise<T> {
    return guardLedger(cluster, `the ledger (table ${this.table}) could not be ${verb}`, work);
  }
}

/** The sources as they last until the next apply: one that the registry no longer names has what it had. */
export const effectiveSources = (states: readonly SourceState[]): SourceState[] =>
  states.map(state => (state.withdrawn ? { ...state, roster: state.effective } : state));

/** The source without what was not done. */
function asDone(state: SourceState, undone: ReadonlySet<string>): SourceState {
  const { formerly, effective, roster } = state;
  const done = Object.entries(roster.accounts).filter(([name]) => !undone.has(name));
  const asBefore = Object.entries(effective.accounts)
    .filter(([name]) => undone.has(name))
    .map(([name, account]): [string, RosterAccount] => {
      const databases = Object.entries(account.databases).map(
        ([database, grant]) => [database, { ...grant, privileges: privilegesOf(effective, grant) }] as const,
      );
      return [name, { ...account, databases: Object.fromEntries(databases) }];
    });
  return {
    ...state,
    roster: { ...roster, accounts: Object.fromEntries([...done, ...asBefore]) },
    formerly: formerly.filter(name => !undone.has(name)),
  };
}

/** What an account may do by a roster, with roles looked up; what is said of it beside does not count. */
export function entryText(roster: Roster, account: string): string {
  if (!Object.hasOwn(roster.accounts, account)) return "";
  const grants = Object.entries(roster.accounts[account]!.databases).map(([database, grant]) => [
    database,
    { role: grant.role, expires: grant.expires, privileges: privilegesOf(roster, grant) },
  ]);
  return canonicalJson(Object.fromEntries(grants) as Json);
}

const canonicalRoster = (roster: Roster): string => canonicalJson(roster as unknown as Json);
