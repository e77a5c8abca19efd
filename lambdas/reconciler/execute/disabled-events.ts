import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { eventKey, type ObservedAccount, type StatementsPlan } from "../../../core/mysql";
import type { Call } from "../services/services";

/** A run on a cluster. */
interface ClusterRun {
  readonly call: Call;
  readonly entry: Pick<RegistryEntry, "cluster">;
}

/**
 * Writes to the ledger which events a run is about to disable, so that they can be enabled when the access of
 * their definer returns. What the ledger does not keep is logged: a person has to enable it.
 */
export async function recordDisabling(
  { call, entry: { cluster } }: ClusterRun,
  { disables }: StatementsPlan,
): Promise<void> {
  if (disables.length === 0) return;
  const { ledger, log } = call.services;
  const left = await ledger.disabledEvents.change(cluster, known => [...known, ...disables]);
  for (const [account, events] of left)
    log.error("disabled events not remembered", { cluster, account, events });
}

/** Forgets the events that are enabled again, or gone. */
export async function forgetEnabled(
  { call, entry: { cluster } }: ClusterRun,
  accounts: readonly ObservedAccount[],
): Promise<void> {
  const disabled = new Set(
    accounts.flatMap(account =>
      account.definerOf
        .filter(({ enabled, kind }) => kind === "EVENT" && !enabled)
        .map(object => eventKey(account, object)),
    ),
  );
  await call.services.ledger.disabledEvents.change(cluster, known =>
    known.filter(event => disabled.has(event)),
  );
}
