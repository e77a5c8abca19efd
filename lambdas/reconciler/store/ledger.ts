import { randomUUID } from "node:crypto";
import { z } from "zod";
import { type ChangeSet, changeSetSchema } from "../../../core/contract/payload";
import type { Json } from "../../../core/json";
import type { AccountId } from "../../../core/mysql";
import { rosterSchema } from "../../../core/roster/roster";
import { pause } from "../../runtime/deadline";
import type { Item, ItemStore, Put } from "../../runtime/item-store";
import { LedgerError } from "../runtime/errors";
import { guardLedger } from "./guard-ledger";
import { readBlob, removeBlob, writeBlob } from "./ledger-blobs";
import { EMPTY_HEAD, type LedgerHead, ledgerHeadSchema } from "./ledger-head";

/** The partition that lists clusters. `#` cannot stand in a cluster's name. */
const CLUSTERS = "#clusters";
const BLOBS_KEPT = 12;
const ATTEMPTS = 8;

/** One immutable version of a cluster's roster. */
const rosterVersionSchema = z.object({
  roster: rosterSchema,
  /** Accounts that earlier rosters declared and that may still exist. */
  formerly: z.array(z.string()).readonly(),
  /** The change set that it was written for: makes every version a blob of its own. */
  changeSet: z.string(),
});
export type RosterVersion = z.output<typeof rosterVersionSchema>;

/** What the ledger knows about a cluster, read at one moment. */
export interface LedgerState {
  readonly head: LedgerHead;
  readonly target?: RosterVersion | undefined;
  readonly applied?: RosterVersion | undefined;
}

export interface KnownCluster {
  readonly cluster: string;
  readonly owner: string;
  readonly since: string;
  readonly released?: string;
  /** Managed accounts that were there when the last hook went. */
  readonly accountsLeft?: number;
}

/** What was applied to each cluster. */
export class Ledger {
  constructor(
    private readonly store: ItemStore,
    private readonly table: string,
  ) {}

  /** @throws LedgerError when it cannot be read, or a roster in it was tampered with */
  async state(cluster: string): Promise<LedgerState> {
    const head = await this.head(cluster);
    const target = head.target ? await this.#version(cluster, head.target) : undefined;
    const applied =
      head.applied === head.target ? target : head.applied && (await this.#version(cluster, head.applied));
    return { head, target, applied: applied || undefined };
  }

  async head(cluster: string): Promise<LedgerHead> {
    return this.#guard(cluster, "read", async () => {
      const item = await this.store.get(this.table, cluster, "head");
      return item ? ledgerHeadSchema.parse(item) : EMPTY_HEAD;
    });
  }

  /**
   * Changes the head by a conditional write; reads it again and asks `change` anew when another run was faster.
   * `change` throws to refuse. What is in `alongside` is written in the same transaction.
   */
  async change(
    cluster: string,
    change: (head: LedgerHead) => LedgerHead,
    alongside: readonly Item[] = [],
  ): Promise<LedgerHead> {
    const write = randomUUID();
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const before = await this.head(cluster);
      if (before.write === write) return before;
      const after = { ...change(before), revision: before.revision + 1, write };
      const head: Put = {
        table: this.table,
        item: { pk: cluster, sk: "head", ...after },
        condition: before.revision === 0 ? "absent" : { attribute: "revision", equals: before.revision },
      };
      const others = alongside.map(item => ({ table: this.table, item }));
      if (await this.#guard(cluster, "written", () => this.store.put(head, ...others))) return after;
      await pause(20 * attempt + Math.random() * 50);
    }
    throw new LedgerError(
      `${cluster}: the ledger's head changed ${ATTEMPTS} times while it was being written. Apply again.`,
    );
  }

  /** Writes a version without pointing to it. */
  writeVersion(cluster: string, version: RosterVersion): Promise<string> {
    return this.#guard(cluster, "written", () =>
      writeBlob(this.store, this.table, cluster, version as unknown as Json),
    );
  }

  writeChangeSet(cluster: string, changeSet: ChangeSet): Promise<string> {
    return this.#guard(cluster, "written", () =>
      writeBlob(this.store, this.table, cluster, changeSet as unknown as Json),
    );
  }

  writeSessions(cluster: string, changeSet: string, accounts: readonly AccountId[]): Promise<string> {
    const value = { changeSet, accounts: accounts.map(({ user, host }) => ({ user, host })) };
    return this.#guard(cluster, "written", () => writeBlob(this.store, this.table, cluster, value));
  }

  /** Accounts whose sessions an earlier attempt had to end, and may not have. */
  async sessionsToEnd(cluster: string, { sessions }: LedgerHead): Promise<readonly AccountId[]> {
    if (sessions === undefined) return [];
    return this.#guard(cluster, "read", async () => {
      const value = (await readBlob(this.store, this.table, cluster, sessions)) as unknown as {
        readonly accounts: readonly AccountId[];
      };
      return value.accounts;
    });
  }

  /** The change set of this owner's last successful call, word for word. */
  async lastChangeSet(cluster: string, head: LedgerHead, owner: string): Promise<ChangeSet | undefined> {
    const id = Object.hasOwn(head.lastSets, owner) ? head.lastSets[owner] : undefined;
    if (id === undefined) return undefined;
    return this.#guard(cluster, "read", async () =>
      changeSetSchema.parse(await readBlob(this.store, this.table, cluster, id)),
    );
  }

  /** Whether a change set was applied; undefined where nobody tried it. */
  async outcome(cluster: string, changeSetId: string): Promise<"applied" | "failed" | undefined> {
    const item = await this.#guard(cluster, "read", () =>
      this.store.get(this.table, cluster, `set#${changeSetId}`),
    );
    return item?.["status"] as "applied" | "failed" | undefined;
  }

  outcomeItem(cluster: string, changeSetId: string, status: "applied" | "failed", at: Date): Item {
    return { pk: cluster, sk: `set#${changeSetId}`, status, at: at.toISOString() };
  }

  /** The blobs that a head keeps when `added` become its newest. What falls out may be deleted once the head is written. */
  keep(head: LedgerHead, ...added: readonly string[]): string[] {
    const used = new Set([
      head.target,
      head.applied,
      head.sessions,
      ...Object.values(head.lastSets),
      ...added,
    ]);
    const all = [...head.blobs.filter(id => !added.includes(id)), ...added];
    return all.filter((id, index) => used.has(id) || index >= all.length - BLOBS_KEPT);
  }

  /** Deletes what `before` kept and `after` does not. Failing to is no failure: rubbish harms nobody. */
  async sweep(cluster: string, before: LedgerHead, after: LedgerHead): Promise<void> {
    const gone = before.blobs.filter(id => !after.blobs.includes(id));
    for (const id of gone) await removeBlob(this.store, this.table, cluster, id).catch(() => {});
  }

  /** Lists the cluster, from its first attempt on. */
  async listCluster(known: KnownCluster): Promise<void> {
    const item = { pk: CLUSTERS, sk: known.cluster, ...known };
    await this.#guard(known.cluster, "written", () => this.store.put({ table: this.table, item }));
  }

  /** Takes the cluster off the list. */
  async unlistCluster(cluster: string): Promise<void> {
    await this.#guard(cluster, "written", () => this.store.remove(this.table, CLUSTERS, cluster));
  }

  async clusters(): Promise<KnownCluster[]> {
    const items = await this.#guard("all clusters", "read", () => this.store.list(this.table, CLUSTERS, ""));
    return items.map(({ pk, sk, ...known }) => known as unknown as KnownCluster);
  }

  #version(cluster: string, id: string): Promise<RosterVersion> {
    return this.#guard(cluster, "read", async () =>
      rosterVersionSchema.parse(await readBlob(this.store, this.table, cluster, id)),
    );
  }

  #guard<T>(cluster: string, verb: "read" | "written", work: () => Promise<T>): Promise<T> {
    return guardLedger(cluster, `the ledger (table ${this.table}) could not be ${verb}`, work);
  }
}
