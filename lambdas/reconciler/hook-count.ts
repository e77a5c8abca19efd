import type { LedgerHead } from "./ledger-head";

/** A call that carries the same payload so soon after the last one was sent twice, not planned twice. */
const TWICE_WITHIN_MS = 5_000;

type HookCall = NonNullable<LedgerHead["lastHook"]>;

/** Whether this very call was counted a moment ago: its answer was lost, and the caller sent it again. */
export function wasCounted(head: LedgerHead, call: HookCall): boolean {
  const { lastHook } = head;
  if (lastHook?.action !== call.action || lastHook.payload !== call.payload) return false;
  return Date.parse(call.at) - Date.parse(lastHook.at) < TWICE_WITHIN_MS;
}

/** The head with one hook more or less. */
export function countHook(head: LedgerHead, call: HookCall): LedgerHead {
  if (wasCounted(head, call)) return head;
  const hooks = call.action === "create" ? head.hooks + 1 : Math.max(0, head.hooks - 1);
  return { ...head, hooks, lastHook: call };
}
