import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { compareHolders, holderLine, managedDatabases } from "../../../core/decisions/holders";
import { holdersEvent } from "../../../core/events/drift-event";
import type { AccessEvent } from "../../../core/events/events";
import type { Run } from "../../../core/events/run-events";
import type { ObservedState } from "../../../core/mysql";
import type { Roster } from "../../../core/roster/roster";
import type { Call } from "../services/services";

/** What a run saw of accounts beyond the prefix. */
export interface WatchedHolders {
  /** Accounts that reach a managed database and that no reviewed plan has shown yet. */
  readonly unseen: number;
  readonly events: readonly AccessEvent[];
  /** Writes what was seen to the ledger. Called once the events are held, so that none is lost. */
  readonly record: () => Promise<void>;
}

/**
 * Finds who reaches the managed databases, beyond the accounts with the prefix, since the last run. None of
 * them is touched.
 * @param reviewedAt when the applied plan was made: it showed the holders that were known then
 * @throws LedgerError
 */
export async function watchHolders(
  call: Call,
  watched: { readonly run: Run; readonly entry: RegistryEntry; readonly roster: Roster },
  observed: ObservedState,
  reviewedAt?: Date,
): Promise<WatchedHolders> {
  const { entry, roster, run } = watched;
  const { holders } = call.services;
  const found = compareHolders({
    observed,
    prefix: entry.prefix,
    databases: managedDatabases(roster, entry),
    baseline: await holders.read(run.cluster),
    now: run.at,
    reviewedAt,
  });
  const lines = found.fresh.map(holder => holderLine({ holder, since: run.at.toISOString() }));
  return {
    unseen: found.unseen.length,
    events: lines.length > 0 ? [holdersEvent(run, lines)] : [],
    record: () => holders.write(run.cluster, found.baseline),
  };
}
