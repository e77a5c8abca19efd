import type { LedgerHead } from "../store/ledger-head";

/** How soon after its first copy a call that is sent again begins at the latest. */
const AGAIN_WITHIN_MS = 2_000;

export type HookCall = NonNullable<LedgerHead["lastHook"]>;

/**
 * Whether this very call was counted already: its answer was lost, and the caller sent it again. A deletion counted twice
 * could remove everybody while one hook replaces another. A creation counted once too often only makes a later deletion
 * milder, so there a copy counts as one only if it began before the first had ended: the next may be a replacement.
 */
export function wasCounted({ lastHook }: LedgerHead, call: HookCall, startedAt: Date): boolean {
  if (lastHook?.action !== call.action || lastHook.payload !== call.payload) return false;
  const since = startedAt.getTime() - Date.parse(lastHook.at);
  return since < (call.action === "delete" ? AGAIN_WITHIN_MS : 0);
}

/** The head with one hook more or less. */
export function countHook(head: LedgerHead, call: HookCall, startedAt: Date): LedgerHead {
  if (wasCounted(head, call, startedAt)) return head;
  const hooks = call.action === "create" ? head.hooks + 1 : Math.max(0, head.hooks - 1);
  return { ...head, hooks, lastHook: call };
}
