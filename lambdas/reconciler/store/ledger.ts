import { randomUUID } from "node:crypto";
import type * as z from "zod";
import { onlyChangeSet } from "../../../core/contract/change-set";
import {
  CLUSTERS,
  type ListedCluster,
  listedCluster,
  MOST_PAGES,
} from "../../../core/contract/listed-cluster";
import type { PersonPartitions } from "../../../core/contract/offboarding";
import { type ChangeSet, changeSetSchema } from "../../../core/contract/payload";
import type { LastSet } from "../../../core/decisions/preview-answer";
import type { Json } from "../../../core/json";
import type { AccountId } from "../../../core/mysql";
import type { KnownPassword } from "../../../core/mysql/password-login";
import { impersonal } from "../../../core/roster/impersonal";
import type { OffboardMark } from "../../../core/roster/offboarded";
import { type Item, type ItemStore, type Put, retryConflict } from "../../runtime/item-store";
import { LedgerError } from "../runtime/errors";
import { DisabledEvents } from "./disabled-events";
import { guardLedger } from "./guard-ledger";
import { LedgerBlobs, type RosterVersion, rosterVersionSchema, sessionsSchema } from "./ledger-blobs";
import { distrusted, EMPTY_HEAD, type LedgerHead, ledgerHeadSchema } from "./ledger-head";
import { OffboardedPersons } from "./offboarded-persons";
import { PasswordLedger } from "./password-ledger";
import { keyDoesNotAnswer, type Proofs } from "./proofs";

const BLOBS_KEPT = 12;
const ATTEMPTS = 8;

/** What the ledger knows about a cluster, read at one moment. */
export interface LedgerState {
  readonly head: LedgerHead;
  readonly target?: RosterVersion | undefined;
  readonly applied?: RosterVersion | undefined;
  /** See `DisabledEvents`. */
  readonly disabledEvents: ReadonlySet<string>;
  /** What is known of passwords, by `quoteAccount`. A run that sets some changes it in place. */
  readonly passwords: Map<string, KnownPassword>;
  /** Who was offboarded, on all clusters. */
  readonly offboarded: readonly OffboardMark[];
}

/** What became of a change set. */
export interface SetOutcome {
  readonly status: "applied" | "failed";
  /** Whether any of its statements was sent to the server. */
  readonly ran: boolean;
  readonly at: Date;
}

export type { ListedCluster, RosterVersion };

/** What was applied to each cluster. */
export class Ledger {
  readonly #store: ItemStore;
  readonly #table: string;
  readonly #blobs: LedgerBlobs;
  readonly #proofs: Proofs;
  readonly disabledEvents: DisabledEvents;
  readonly passwords: PasswordLedger;
  readonly offboarded: OffboardedPersons;

  /** @param partitions those about persons; by default those of a ledger of one reconciler */
  /** This reconciler's name in the list of clusters: see `ListedCluster`. */
  readonly reconciler: string | undefined;

  constructor(store: ItemStore, table: string, proofs: Proofs, partitions?: PersonPartitions) {
    this.reconciler = partitions?.reconciler;
    this.disabledEvents = new DisabledEvents(store, table, proofs);
    this.passwords = new PasswordLedger(store, table, proofs);
    this.offboarded = new OffboardedPersons(store, table, proofs, partitions);
    this.#store = store;
    this.#table = table;
    this.#proofs = proofs;
    this.#blobs = new LedgerBlobs(store, table);
  }

  /** @throws LedgerError when it cannot be read, or a roster in it was changed after it was written */
  async state(cluster: string): Promise<LedgerState> {
    const head = await this.head(cluster);
    const target = await this.#version(cluster, head, head.target);
    const applied = head.applied === head.target ? target : await this.#version(cluster, head, head.applied);
    const disabledEvents = await this.disabledEvents.read(cluster);
    const passwords = await this.passwords.read(cluster);
    const offboarded = await this.offboarded.all();
    return { head, target, applied, disabledEvents, passwords, offboarded };
  }

  /** A roster version. Of an unproven one no text reaches a message. */
  async #version(cluster: string, { unproven }: LedgerHead, id: string | undefined) {
    const version = await this.#read(cluster, id, rosterVersionSchema);
    return version && unproven ? { ...version, roster: impersonal(version.roster) } : version;
  }

  async head(cluster: string): Promise<LedgerHead> {
    return this.#guard(cluster, "read", async () => {
      const item = await this.#store.get(this.#table, cluster, "head");
      if (!item) return EMPTY_HEAD;
      const [head, unproven] = [ledgerHeadSchema.parse(item), await this.#proofs.check(item)];
      return unproven ? distrusted(head, unproven) : head;
    });
  }

  /**
   * Changes the head by a conditional write. If another run wrote first, the head is read and changed again.
   * An unproven head stays unproven: a proof must not cover what somebody else wrote. While the key of proofs
   * does not answer, it fails: a head without a proof would look as after an upgrade.
   * @param change throws to refuse
   * @param alongside items that are written in the same transaction
   */
  async change(cluster: string, change: (head: LedgerHead) => LedgerHead, alongside: readonly Item[] = []) {
    const write = randomUUID();
    const changed = await retryConflict({ attempts: ATTEMPTS }, async () => {
      const before = await this.head(cluster);
      if (before.write === write) return before;
      if (before.unproven === "unknown") throw keyDoesNotAnswer(cluster, "The ledger was not written.");
      const after = { ...change(before), revision: before.revision + 1, write };
      const { unproven, ...stored } = after;
      const item = { pk: cluster, sk: "head", ...stored };
      const head: Put = {
        table: this.#table,
        item: unproven ? item : await this.#proofs.proveOrFail(item),
        condition: before.revision === 0 ? "absent" : { attribute: "revision", equals: before.revision },
      };
      const others = alongside.map(item => ({ table: this.#table, item }));
      const written = await this.#guard(cluster, "written", () => this.#store.put(head, ...others));
      return written ? after : undefined;
    });
    if (changed) return changed;
    throw new LedgerError(
      `${cluster}: the ledger's head changed ${ATTEMPTS} times while it was being written. Apply again.`,
    );
  }

  /**
   * The name of the cluster's lock on its writer. Any database account can hold or wait for a lock whose name
   * it knows, so the name is random, and is written here once. @throws LedgerError
   */
  async lockName(cluster: string): Promise<string> {
    const name = `aurora-users/${randomUUID()}`;
    const item = { pk: cluster, sk: "lock", name };
    const put = { table: this.#table, item, condition: "absent" } as const;
    const found = await retryConflict({ attempts: ATTEMPTS }, async () => {
      const known = await this.#guard(cluster, "read", () => this.#store.get(this.#table, cluster, "lock"));
      if (known) return String(known["name"]);
      return (await this.#guard(cluster, "written", () => this.#store.put(put))) ? name : undefined;
    });
    if (found !== undefined) return found;
    throw new LedgerError(`${cluster}: the name of the cluster's lock could not be written. Apply again.`);
  }

  /** Writes a version or change set that nothing points to yet. */
  write(cluster: string, value: RosterVersion | ChangeSet): Promise<string> {
    return this.#write(cluster, value);
  }

  writeSessions(cluster: string, changeSet: string, accounts: readonly AccountId[]): Promise<string> {
    return this.#write(cluster, { changeSet, accounts: accounts.map(({ user, host }) => ({ user, host })) });
  }

  /** Accounts whose sessions an earlier attempt had to end, and may not have ended. */
  async sessionsToEnd(cluster: string, { sessions }: LedgerHead): Promise<readonly AccountId[]> {
    return (await this.#read(cluster, sessions, sessionsSchema))?.accounts ?? [];
  }

  /**
   * The change set of this owner's last successful call, exactly as it was. Undefined if there is none, or
   * if the ledger does not hold that it was applied: it would permit its statements again.
   */
  async lastChangeSet(cluster: string, head: LedgerHead, owner: string): Promise<LastSet | undefined> {
    const blob = Object.hasOwn(head.lastSets, owner) ? head.lastSets[owner] : undefined;
    const changeSet = await this.#read(cluster, blob, changeSetSchema);
    if (changeSet === undefined) return undefined;
    const outcome = await this.#outcome(cluster, onlyChangeSet(changeSet).id);
    return outcome?.["status"] === "applied" ? { changeSet, appliedAt: String(outcome["at"]) } : undefined;
  }

  /** Whether a change set ran before, to its end or not. */
  async isSpent(cluster: string, changeSetId: string): Promise<boolean> {
    const outcome = await this.#outcome(cluster, changeSetId);
    return outcome?.["status"] === "applied" || outcome?.["ran"] === true;
  }

  #outcome(cluster: string, changeSetId: string): Promise<Item | undefined> {
    return this.#guard(cluster, "read", () => this.#store.get(this.#table, cluster, `set#${changeSetId}`));
  }

  /** What became of a change set, as an item. */
  outcomeItem(cluster: string, changeSetId: string, { at, ran, status }: SetOutcome): Item {
    const item = { pk: cluster, sk: `set#${changeSetId}`, status, at: at.toISOString() };
    return ran ? { ...item, ran } : item;
  }

  /**
   * The blobs that a head keeps when `added` become its newest. The others may be deleted once the head is
   * written.
   */
  keep(head: LedgerHead, ...added: readonly string[]): string[] {
    const { applied, lastSets, sessions, target } = head;
    const used = new Set([target, applied, sessions, ...Object.values(lastSets), ...added]);
    const all = [...head.blobs.filter(id => !added.includes(id)), ...added];
    return all.filter((id, index) => used.has(id) || index >= all.length - BLOBS_KEPT);
  }

  /** Deletes the blobs that `before` kept and `after` does not. Never fails: unused blobs do no harm. */
  async sweep(cluster: string, before: LedgerHead, after: LedgerHead): Promise<void> {
    for (const id of before.blobs.filter(kept => !after.blobs.includes(kept)))
      await this.#blobs.discard(cluster, id);
  }

  /** Lists the cluster, from its first attempt on. */
  async listCluster(known: ListedCluster): Promise<void> {
    const item = { pk: CLUSTERS, sk: known.cluster, ...known, reconciler: this.reconciler };
    await this.#guard(known.cluster, "written", () => this.#store.put({ table: this.#table, item }));
  }

  /** Takes the cluster off the list. */
  async unlistCluster(cluster: string): Promise<void> {
    await this.#guard(cluster, "written", () => this.#store.remove(this.#table, CLUSTERS, cluster));
  }

  /** @throws LedgerError, also if the list is longer than any that reconcilers make */
  async clusters(): Promise<ListedCluster[]> {
    const items = await this.#guard("all clusters", "read", () =>
      this.#store.list(this.#table, CLUSTERS, "", MOST_PAGES),
    );
    return items.map(listedCluster);
  }

  async #read<T>(cluster: string, id: string | undefined, schema: z.ZodType<T>): Promise<T | undefined> {
    if (id === undefined || id === "") return undefined;
    return this.#guard(cluster, "read", async () => schema.parse(await this.#blobs.read(cluster, id)));
  }

  #write(cluster: string, value: Json): Promise<string> {
    return this.#guard(cluster, "written", () => this.#blobs.write(cluster, value));
  }

  #guard<T>(cluster: string, verb: "read" | "written", work: () => Promise<T>): Promise<T> {
    return guardLedger(cluster, `the ledger (table ${this.#table}) could not be ${verb}`, work);
  }
}
