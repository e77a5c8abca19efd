import * as z from "zod";
import { personPartitions } from "../../../core/contract/offboarding";
import { canonicalJson } from "../../../core/json";
import { samePerson } from "../../../core/roster/offboarded";
import type { ItemStore } from "../../runtime/item-store";
import { DirectoryError } from "../runtime/errors";
import { keyDoesNotAnswer, type Proofs } from "./proofs";
import { ProvenBlobs } from "./proven-blobs";

/** How long names are kept that are no longer in use: longer than any event waits. */
const KEPT_MS = 90 * 24 * 3_600_000;

const userSchema = z.object({
  name: z.string(),
  /** Since when Identity Center no longer has the user. */
  gone: z.iso.datetime().optional(),
  /** The names that the user had before, and until when. */
  former: z
    .array(z.object({ name: z.string(), until: z.iso.datetime() }))
    .readonly()
    .optional(),
});
const directorySchema = z.record(z.string(), userSchema).readonly();
type User = z.output<typeof userSchema>;
type Directory = z.output<typeof directorySchema>;

/** The names of a user. */
export interface NamesOfUser {
  /** The newest first: the user's accounts may have any of them. */
  readonly own: readonly string[];
  /** Those that another user has now, by name, with that user's id. */
  readonly others: ReadonlyMap<string, string>;
}

/**
 * The names of Identity Center's users by their ids, as they were when a run last asked: the ledger's item
 * `users` of `#directory`. The event about a deleted user names only the id. A list without a valid proof is
 * not believed: without a name of it, somebody would keep their access.
 */
export class UserDirectory {
  readonly #blobs: ProvenBlobs;
  readonly #key: { readonly pk: string; readonly sk: string };

  constructor(store: ItemStore, table: string, proofs: Proofs, partitions = personPartitions()) {
    this.#key = { pk: partitions.directory, sk: "users" };
    this.#blobs = new ProvenBlobs(store, table, proofs);
  }

  /**
   * The names of a user, also of one who is gone, and those that they had before.
   * @param now the name that Identity Center has for the user now, if it has one
   * @throws DirectoryError if there is no list, or it is not proven; LedgerError
   */
  async namesOf(id: string, now: string | undefined): Promise<NamesOfUser> {
    const { stored, users } = await this.#read();
    if (!stored || stored.unproven || !users)
      throw new DirectoryError(
        `the list of the names of Identity Center's users ${stored ? "is not proven" : "was never read"}: who ` +
          `else ${id} was is not known. The schedule \`identity-center-names\` reads it again`,
      );
    const user = Object.hasOwn(users, id) ? users[id] : undefined;
    const known = user ? [user.name, ...(user.former ?? []).map(({ name }) => name)] : [];
    const all = [...(now === undefined ? [] : [now]), ...known];
    const own = all.filter((name, index) => all.findIndex(other => samePerson(other, name)) === index);
    const holders = Object.entries(users).filter(([other, { gone }]) => other !== id && gone === undefined);
    const others = own.flatMap(name => {
      const holder = name === now ? undefined : holders.find(([, other]) => samePerson(other.name, name));
      return holder ? [[name, holder[0]] as const] : [];
    });
    return { own, others: new Map(others) };
  }

  /**
   * Replaces the names by those that Identity Center has now, and keeps those of before for 90 days.
   * @returns how many users there are, and how many are gone
   * @throws LedgerError, also if the key of proofs does not answer
   */
  async refresh(names: ReadonlyMap<string, string>, at: Date) {
    const { stored, users } = await this.#read();
    const failed = () => keyDoesNotAnswer(this.#key.pk, "The names of users were not written.");
    if (stored?.unproven === "unknown") throw failed();
    // Of what somebody else wrote nothing is kept.
    const before = (!stored?.unproven && users) || {};
    const isKept = (since: string) => at.getTime() - Date.parse(since) <= KEPT_MS;
    const gone = Object.entries(before).flatMap(([id, user]) => {
      const since = user.gone ?? at.toISOString();
      return names.has(id) || !isKept(since) ? [] : [[id, { ...user, gone: since }] as const];
    });
    const now = [...names].map(([id, name]) => {
      const former = formerNames(Object.hasOwn(before, id) ? before[id] : undefined, name, at);
      const kept = former.filter(({ until }) => isKept(until));
      return [id, kept.length > 0 ? { name, former: kept } : { name }] as const;
    });
    const after: Directory = Object.fromEntries([...now, ...gone]);
    const counts = { users: names.size, gone: gone.length };
    if (stored && !stored.unproven && canonicalJson(after) === canonicalJson(before)) return counts;
    if (!(await this.#blobs.write(this.#key, { kind: "directory", users: after }, stored))) throw failed();
    return counts;
  }

  async #read() {
    const stored = await this.#blobs.find(this.#key);
    const value = stored && (await this.#blobs.value(stored));
    const users = directorySchema.safeParse((value as { users?: unknown } | undefined)?.users).data;
    return { stored, users };
  }
}

/** The names that a user had before the one of now, the newest first. */
function formerNames(before: User | undefined, now: string, at: Date) {
  const { former = [], name } = before ?? {};
  const last = name === undefined ? [] : [{ name, until: at.toISOString() }];
  return [...last, ...former].filter(other => !samePerson(other.name, now));
}
