import * as z from "zod";
import { lowerName } from "../../../core/catalogue/lower-case";
import { personPartitions } from "../../../core/contract/offboarding";
import { isOffboarded, isUncertain, type OffboardMark } from "../../../core/roster/offboarded";
import { type Condition, type Item, type ItemStore, retryConflict } from "../../runtime/item-store";
import { LedgerError } from "../runtime/errors";
import { guardLedger } from "./guard-ledger";
import { keyDoesNotAnswer, type Proofs } from "./proofs";

const ATTEMPTS = 6;
/** How many proofs are checked at once. */
const AT_ONCE = 10;
/** How many events are remembered for each person, to recognize one that is delivered again. */
const EVENTS_KEPT = 20;

const itemSchema = z.object({
  person: z.string(),
  state: z.enum(["offboarded", "reinstated"]),
  at: z.iso.datetime(),
  /** Who asked for it, and why, in their own words. */
  by: z.string().optional(),
  reason: z.string().optional(),
  /** The ids of CloudTrail's events that were carried out. */
  events: z.array(z.string()).readonly(),
  /** The ids of those that were begun: a copy of one must not lock again what was undone since. */
  begun: z.array(z.string()).readonly(),
  revision: z.int().min(1),
});

type Mark = z.output<typeof itemSchema> & OffboardMark;

/** What is asked for about a person. */
export interface MarkRequest {
  readonly person: string;
  readonly state: OffboardMark["state"];
  readonly at: Date;
  readonly by?: string | undefined;
  readonly reason?: string | undefined;
  /** The id of CloudTrail's event that it comes from. */
  readonly event?: string | undefined;
}

/**
 * Who was offboarded: the ledger's partition `#offboarded`, one item for each person, which counts on all
 * clusters. An item stays when it is undone, so that a copy of an old event does not lock again. An item
 * without a valid proof locks, and opens nothing.
 */
export class OffboardedPersons {
  readonly #store: ItemStore;
  readonly #table: string;
  readonly #proofs: Proofs;
  readonly #partition: string;
  /** The audit trail's partition about persons. */
  readonly auditChain: string;

  constructor(store: ItemStore, table: string, proofs: Proofs, partitions = personPartitions()) {
    this.#partition = partitions.offboarded;
    this.auditChain = partitions.audit;
    this.#store = store;
    this.#table = table;
    this.#proofs = proofs;
  }

  /** All persons who were offboarded, also those who were reinstated since. @throws LedgerError */
  async all(): Promise<readonly OffboardMark[]> {
    const items = await this.#guard("read", () => this.#store.list(this.#table, this.#partition, ""));
    const marks: Mark[] = [];
    for (let first = 0; first < items.length; first += AT_ONCE)
      marks.push(...(await Promise.all(items.slice(first, first + AT_ONCE).map(item => this.#mark(item)))));
    return marks;
  }

  /** What is said of a person; undefined if they were never offboarded. @throws LedgerError */
  async find(person: string): Promise<OffboardMark | undefined> {
    return (await this.#find(person))?.mark;
  }

  /**
   * Whether an event of CloudTrail has nothing to do: it was carried out before, or begun, and undone since.
   * @throws LedgerError, also if nobody can say now whether it was undone
   */
  async isDone(person: string, event: string): Promise<boolean> {
    const mark = (await this.#find(person))?.mark;
    if (!mark || isOffboarded(mark)) return mark?.events.includes(event) ?? false;
    if (isUncertain(mark)) throw keyDoesNotAnswer(person, "Whether the event was undone is not known.");
    return [...mark.events, ...mark.begun].includes(event);
  }

  /**
   * Writes what is asked for.
   * @returns false if it was so already
   * @throws LedgerError; to undo, also if the key of proofs does not answer
   */
  async write({ at, by, event, person, reason, state }: MarkRequest): Promise<boolean> {
    let isNew = false;
    await this.#change(person, before => {
      const isSame = before ? isOffboarded(before) === (state === "offboarded") : state === "reinstated";
      isNew = !isSame || before?.unproven !== undefined;
      const { begun = [], events = [] } = before ?? {};
      const isBegun = event === undefined || begun.includes(event);
      const kept = { events, begun: isBegun ? begun : [...begun, event].slice(-EVENTS_KEPT) };
      if (isNew) return { person, state, at: at.toISOString(), by, reason, ...kept };
      return before && !isBegun ? { ...before, ...kept } : undefined;
    });
    return isNew;
  }

  /** Remembers that an event of CloudTrail was carried out. @throws LedgerError */
  async carriedOut(person: string, event: string): Promise<void> {
    await this.#change(person, before => {
      if (!before || before.unproven || before.events.includes(event)) return undefined;
      return { ...before, events: [...before.events, event].slice(-EVENTS_KEPT) };
    });
  }

  /** @throws LedgerError */
  async #change(
    person: string,
    change: (before: Mark | undefined) => Omit<Mark, "revision"> | undefined,
  ): Promise<void> {
    const done = await retryConflict({ attempts: ATTEMPTS }, async () => {
      const found = await this.#find(person);
      const after = change(found?.mark);
      if (!after) return true;
      const { unproven: _, ...attributes } = after;
      const revision = (found?.mark.revision ?? 0) + 1;
      const item: Item = { pk: this.#partition, sk: lowerName(person), ...attributes, revision };
      // Without a proof a mark locks all the same; an undone one would open nothing.
      const isLocking = after.state === "offboarded";
      const proven = await (isLocking ? this.#proofs.prove(item) : this.#proofs.proveOrFail(item));
      const put = { table: this.#table, item: proven, condition: conditionOf(found?.item) };
      return (await this.#guard("written", () => this.#store.put(put))) || undefined;
    });
    if (done) return;
    throw new LedgerError(
      `${person}: the ledger's item changed ${ATTEMPTS} times while it was being written. Try again.`,
    );
  }

  async #find(person: string): Promise<{ readonly item: Item; readonly mark: Mark } | undefined> {
    const sk = lowerName(person);
    const item = await this.#guard("read", () => this.#store.get(this.#table, this.#partition, sk));
    return item && { item, mark: await this.#mark(item) };
  }

  /** An item that somebody damaged locks the person whose name it has. One that locks needs no proof. */
  async #mark(item: Item): Promise<Mark> {
    const { data } = itemSchema.safeParse(item);
    if (data && lowerName(data.person) === item.sk)
      return data.state === "offboarded" ? data : { ...data, unproven: await this.#proofs.check(item) };
    const none = { at: new Date(0).toISOString(), events: [], begun: [], revision: 1 };
    return { person: item.sk, state: "offboarded", ...none, unproven: "invalid" };
  }

  #guard<T>(verb: "read" | "written", work: () => Promise<T>): Promise<T> {
    return guardLedger("offboarding", `the ledger (table ${this.#table}) could not be ${verb}`, work);
  }
}

/** Another run must not have written since. A damaged item is replaced in any case. */
function conditionOf(item: Item | undefined): Condition | undefined {
  if (!item) return "absent";
  const { revision } = item;
  return typeof revision === "number" ? { attribute: "revision", equals: revision } : undefined;
}
