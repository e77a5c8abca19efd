import * as z from "zod";
import { REMOVAL_POLICIES } from "../../../core/contract/payload";
import type { MaybeUnproven, Unproven } from "../../../core/unproven";

/**
 * The one item of a cluster that changes, always by a write that is conditional on `revision`. Everything
 * that it points to never changes, so a reader sees the state before a write or the state after it.
 */
export const ledgerHeadSchema = z
  .object({
    revision: z.int().min(0),
    /** The id of the write, to recognize after a lost answer that it happened. */
    write: z.string().optional(),
    /** Who declares the cluster. Absent before the first success. */
    owner: z.string().optional(),
    /** The resource id (`cluster-ABC...`) of the last cluster under this name. */
    resourceId: z.string().optional(),
    /** The roster version that is being put into force, or was put last. */
    target: z.string().optional(),
    /** The roster version that is known to be in force. */
    applied: z.string().optional(),
    /** The change set of an attempt that has not succeeded. */
    attempt: z.string().optional(),
    /** The number of hooks without a name: two while one replaces the other. A named hook makes it one. */
    hooks: z.int().min(0),
    /** Ids of readiness gates that an apply has seen, oldest first. */
    gates: z.array(z.string()).readonly(),
    /** By owner: the change set of its last successful call. */
    lastSets: z.record(z.string(), z.string()).readonly(),
    /** Versions and sets that are kept, oldest first. */
    blobs: z.array(z.string()).readonly(),
    /** Accounts that had to be removed and that objects keep alive, locked. */
    lingering: z.array(z.string()).readonly(),
    /** Accounts whose open sessions an attempt had to end, and may not have ended. */
    sessions: z.string().optional(),
    /** The removal policy of the last successful call. */
    removalPolicy: z.enum(REMOVAL_POLICIES).optional(),
    /**
     * The change set of a removal that runs or failed: enforcement grants nothing until an apply succeeds.
     */
    removing: z.string().optional(),
    /** Since when the cluster has no hook. */
    released: z.string().optional(),
    /** Whether the item `holders` exists. Without it, somebody deleted it. */
    watched: z.boolean().optional(),
    /** The hooks that hold the cluster, and those that no longer do: see core/decisions/hooks.ts. */
    heldBy: z.array(z.string()).readonly().optional(),
    formerHooks: z.array(z.string()).readonly().optional(),
    /** The last change of `hooks`, to recognize a call that was sent twice. */
    lastHook: z
      .object({ action: z.enum(["create", "delete"]), payload: z.string(), at: z.string() })
      .optional(),
    /** What the last call of a hook answered, for copies of it. Absent if nothing of it ran. */
    lastAnswer: z
      .object({
        payload: z.string(),
        at: z.string(),
        statements: z.int().min(0),
        message: z.string(),
        code: z.string().optional(),
      })
      .optional(),
  })
  .readonly();

/**
 * A head, and in memory whether it is proven. A change keeps that, unless it replaces everything that gives.
 */
export type LedgerHead = z.output<typeof ledgerHeadSchema> & MaybeUnproven;

/**
 * What an unproven head may still say. Its rosters and lists take access away. What would be answered or done
 * on its word alone is left out, and what would keep access from ending: an answer, a change set, the removal
 * of every account, a removal under way, a cluster without a hook. Which hooks there are stays: functions
 * with another key of proofs replace each other's hooks.
 */
export const distrusted = (head: LedgerHead, unproven: Unproven): LedgerHead => ({
  ...head,
  lastSets: {},
  lastAnswer: undefined,
  removalPolicy: undefined,
  removing: undefined,
  released: undefined,
  unproven,
});

export const EMPTY_HEAD: LedgerHead = {
  revision: 0,
  hooks: 0,
  gates: [],
  lastSets: {},
  blobs: [],
  lingering: [],
};

const GATES_KEPT = 20;

/** The head with one more known gate. */
export const withGate = (head: LedgerHead, gate: string): LedgerHead => ({
  ...head,
  gates: [...head.gates.filter(seen => seen !== gate), gate].slice(-GATES_KEPT),
});
