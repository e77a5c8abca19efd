import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { compareHolders, holderLine, managedDatabases } from "../../../core/decisions/holders";
import { AccessError } from "../../../core/errors";
import { holdersEvent } from "../../../core/events/drift-event";
import type { AccessEvent } from "../../../core/events/events";
import type { Run } from "../../../core/events/run-events";
import type { ObservedState } from "../../../core/mysql";
import type { Roster } from "../../../core/roster/roster";
import type { Call } from "../services/services";
import type { LedgerHead } from "../store/ledger-head";

export interface RecordedHolders {
  /** Whether the ledger holds them. Not while the key of proofs does not answer. */
  readonly isRecorded: boolean;
  /** Why the run must not count as done, if the ledger could not be read or written. */
  readonly failure?: AccessError;
}

/** What a run saw of accounts beyond the prefix. */
export interface WatchedHolders {
  /** Holders that no reviewed plan has shown yet; undefined if that could not be found out. */
  readonly unseen: number | undefined;
  readonly events: readonly AccessEvent[];
  /** Writes what was seen to the ledger. Called once the events are held, so that none is lost. */
  readonly record: () => Promise<RecordedHolders>;
}

/**
 * Finds who reaches the managed databases or can hand on access, of the accounts that no run looks after,
 * since the last run. None of them is touched. It never fails: the events of the run must not be lost for it.
 * @param reviewedAt when the applied plan began to look: it showed the holders that were known then
 */
export async function watchHolders(
  call: Call,
  watched: {
    readonly run: Run;
    readonly head: LedgerHead;
    readonly entry: RegistryEntry;
    readonly roster: Roster;
    /** User names that runs look after. */
    readonly managed: ReadonlySet<string>;
    /** Whether they look after such a user's account at the host. */
    readonly isManagedHost: (user: string, host: string) => boolean;
  },
  observed: ObservedState,
  reviewedAt?: Date,
): Promise<WatchedHolders> {
  const { entry, head, isManagedHost, managed, roster, run } = watched;
  const { holders } = call.services;
  // The run may have waited for the cluster's lock since it began, and a plan may have looked meanwhile.
  const now = call.services.now();
  const read = await caught(holders.read(run.cluster, head));
  if ("failure" in read)
    return { unseen: undefined, events: [], record: async () => ({ ...read, isRecorded: false }) };
  const found = compareHolders({
    observed,
    names: entry,
    managed,
    isManagedHost,
    databases: managedDatabases(roster, entry),
    baseline: read.value,
    now,
    reviewedAt,
  });
  const lines = found.fresh.map(({ holder }) => holderLine({ holder, since: now.toISOString() }));
  return {
    unseen: found.unseen.length,
    events: lines.length > 0 ? [holdersEvent(run, lines)] : [],
    record: async () => {
      const written = await caught(holders.write(run.cluster, found.baseline));
      return "failure" in written ? { ...written, isRecorded: false } : { isRecorded: written.value };
    },
  };
}

/** The value, or the error of the ledger. */
const caught = <T>(work: Promise<T>): Promise<{ readonly value: T } | { readonly failure: AccessError }> =>
  work.then(
    value => ({ value }),
    (failure: unknown) => {
      if (failure instanceof AccessError) return { failure };
      throw failure;
    },
  );
