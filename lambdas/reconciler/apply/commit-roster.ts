import { sameRoster } from "../../../core/contract/change-set";
import { holdBy } from "../../../core/decisions/hooks";
import type { HookAnswer } from "../../../core/decisions/sent-again";
import type { AccountId } from "../../../core/mysql";
import { ClusterLockedError } from "../runtime/errors";
import { type LedgerHead, withGate } from "../store/ledger-head";
import { assertOwner } from "./assert-owner";
import { answerOf } from "./earlier-answer";
import { type HookRun, hookCall } from "./hook-run";
import type { ApplyPlan } from "./plan-apply";

/**
 * Makes the roster the cluster's target, before any statement runs. The roster's chunks are written first,
 * then one conditional write points to them. A roster that is the target already is not written again.
 *
 * @param sessions accounts whose sessions the run has to end
 * @returns the version's id
 */
export async function writeTarget(
  { call, id, request }: HookRun,
  { previouslyReviewed, state }: ApplyPlan,
  sessions: readonly AccountId[],
): Promise<string> {
  const { cluster, roster } = request;
  const { ledger } = call.services;
  const { head, target } = state;
  const isKnown =
    sameRoster(target?.roster, roster) && String(target?.formerly) === String(previouslyReviewed);
  const version =
    isKnown && head.target && head.unproven === undefined
      ? head.target
      : await ledger.write(cluster, { roster, formerly: previouslyReviewed, changeSet: id });
  const toEnd = sessions.length > 0 ? await ledger.writeSessions(cluster, id, sessions) : undefined;
  if (version === head.target && toEnd === head.sessions) return version;
  await ledger.change(cluster, current => {
    assertOwner(current, request);
    const kept = toEnd ? [version, toEnd] : [version];
    return { ...current, target: version, sessions: toEnd, blobs: ledger.keep(current, ...kept) };
  });
  return version;
}

/** A roster version that is in effect. */
export interface AppliedVersion {
  readonly version: string;
  readonly resourceId: string;
  /** Statements that an unseen set leaves for the next plan. */
  readonly waiting: number;
  /** Accounts that had to go and that objects keep alive, locked. */
  readonly notYetDropped: readonly string[];
  /** Whether the ledger's item `holders` was written. */
  readonly isWatched: boolean;
  /** What the call answers. */
  readonly answer: Pick<HookAnswer, "statements" | "message"> & Partial<Pick<HookAnswer, "code">>;
}

/** Writes to the ledger that the version is in effect, so that the next plan is empty. */
export async function commitApplied(hook: HookRun, applied: AppliedVersion): Promise<void> {
  const { call, id, request } = hook;
  const { cluster, gate, owner, removalPolicy } = request;
  const { ledger, now } = call.services;
  const { answer, isWatched, notYetDropped, resourceId, version, waiting } = applied;
  const at = now();
  const set = await ledger.write(cluster, request.changeSet);
  let before: LedgerHead | undefined;
  const after = await ledger.change(
    cluster,
    head => {
      before = head;
      assertOwner(head, request, "The statements ran, but the ledger does not hold the roster.");
      if (head.target !== version)
        throw new ClusterLockedError(`${cluster}: another run changed the cluster's roster. Plan again.`);
      // What a former owner's hook declares is not in force.
      const own = head.owner === owner ? head : { ...head, heldBy: [] };
      const next: LedgerHead = {
        ...withGate(holdBy(own, hookCall(hook), call.startedAt), gate),
        owner,
        resourceId,
        attempt: head.attempt === id && answer.code === undefined ? undefined : head.attempt,
        lastSets: head.owner === owner ? { ...head.lastSets, [owner]: set } : { [owner]: set },
        removalPolicy,
        released: undefined,
        removing: undefined,
        sessions: undefined,
        watched: isWatched || head.watched,
        lastAnswer: answerOf(call, answer),
        // What an unseen set leaves for the next plan is not in effect yet.
        applied: waiting > 0 ? head.applied : version,
        // Everything that gives is the reviewed call's own now, so that the proof covers nothing else.
        unproven: waiting > 0 ? head.unproven : undefined,
        lingering: waiting > 0 ? head.lingering : notYetDropped,
      };
      return { ...next, blobs: ledger.keep(next, version, set) };
    },
    [ledger.outcomeItem(cluster, id, { status: "applied", ran: answer.statements > 0, at })],
  );
  if (before) await ledger.sweep(cluster, before, after);
}
