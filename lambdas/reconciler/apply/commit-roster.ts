import { onlyChangeSet, sameRoster } from "../../../core/contract/change-set";
import type { ApplyRequest } from "../../../core/contract/payload";
import type { AccountId } from "../../../core/mysql";
import { ClusterLockedError } from "../runtime/errors";
import type { Call } from "../services/services";
import type { LedgerState } from "../store/ledger";
import { type LedgerHead, withGate } from "../store/ledger-head";
import { countHook } from "./hook-count";
import { assertOwner } from "./owner";

/**
 * Makes the roster the cluster's target, before any statement runs: its chunks are written first, then one conditional
 * write points to them. A roster that is the target already is not written again.
 *
 * @returns the version's id
 */
export async function writeTarget(
  request: ApplyRequest,
  { services }: Call,
  state: LedgerState,
  previouslyDeclared: readonly string[],
  ending: readonly AccountId[],
): Promise<string> {
  const { cluster, roster } = request;
  const { ledger } = services;
  const { id } = onlyChangeSet(request.changeSet);
  const { head, target } = state;
  const known = sameRoster(target?.roster, roster) && String(target?.formerly) === String(previouslyDeclared);
  const version =
    known && head.target
      ? head.target
      : await ledger.writeVersion(cluster, { roster, formerly: previouslyDeclared, changeSet: id });
  const sessions = ending.length > 0 ? await ledger.writeSessions(cluster, id, ending) : undefined;
  if (version === head.target && sessions === head.sessions) return version;
  await ledger.change(cluster, current => {
    assertOwner(current, request);
    const kept = [version, ...(sessions ? [sessions] : [])];
    return { ...current, target: version, sessions, blobs: ledger.keep(current, ...kept) };
  });
  return version;
}

/** What the ledger says after a success: the next plan is then empty. */
export async function commitApplied(
  request: ApplyRequest,
  { payloadHash, services, startedAt }: Call,
  version: string,
  {
    resourceId,
    waiting,
    notYetDropped,
  }: { resourceId: string; waiting: number; notYetDropped: readonly string[] },
): Promise<void> {
  const { cluster, gate, owner, removalPolicy, tf } = request;
  const { ledger, now } = services;
  const { id } = onlyChangeSet(request.changeSet);
  const at = now();
  const set = await ledger.writeChangeSet(cluster, request.changeSet);
  let before: LedgerHead | undefined;
  const after = await ledger.change(
    cluster,
    head => {
      before = head;
      assertOwner(head, request);
      if (head.target !== version)
        throw new ClusterLockedError(
          `${cluster}: another run has changed what the cluster should be. Plan again.`,
        );
      const counted =
        tf.action === "create"
          ? countHook(head, { action: "create", payload: payloadHash, at: at.toISOString() }, startedAt)
          : head;
      const next: LedgerHead = {
        ...withGate(counted, gate),
        owner,
        resourceId,
        hooks: Math.max(1, counted.hooks),
        attempt: head.attempt === id ? undefined : head.attempt,
        lastSets: head.owner === owner ? { ...head.lastSets, [owner]: set } : { [owner]: set },
        removalPolicy,
        ...{ released: undefined, removing: undefined },
        sessions: undefined,
        // What an unseen set left for the next plan is not in force yet.
        ...(waiting > 0 ? {} : { applied: version, lingering: notYetDropped }),
      };
      return { ...next, blobs: ledger.keep(next, version, set) };
    },
    [ledger.outcomeItem(cluster, id, "applied", at)],
  );
  if (before) await ledger.sweep(cluster, before, after);
}
