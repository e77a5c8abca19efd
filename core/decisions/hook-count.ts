/** A hook's call that counts the cluster's hooks up or down. */
export interface HookCall {
  readonly action: "create" | "delete";
  /** The SHA-256 of the payload. */
  readonly payload: string;
  readonly at: string;
}

/** How many hooks hold a cluster, and the call that changed that last. */
export interface HookCount {
  readonly hooks: number;
  readonly lastHook?: HookCall | undefined;
}

/** A deletion that is sent again begins at most this long after its first copy. */
const AGAIN_WITHIN_MS = 2_000;

/**
 * Whether this very call was counted already: its answer was lost, and the caller sent it again.
 * - A deletion counted twice could remove all accounts while one hook replaces another.
 * - A creation counted twice only makes a later deletion milder. So a copy of a creation counts as one only
 *   if it began before the first had ended; otherwise it may be a replacement.
 */
export function wasCounted({ lastHook }: HookCount, call: HookCall, startedAt: Date): boolean {
  if (lastHook?.action !== call.action || lastHook.payload !== call.payload) return false;
  const since = startedAt.getTime() - Date.parse(lastHook.at);
  return since < (call.action === "delete" ? AGAIN_WITHIN_MS : 0);
}

/** The count with one hook more or less. */
export function countHook<H extends HookCount>(head: H, call: HookCall, startedAt: Date): H {
  if (wasCounted(head, call, startedAt)) return head;
  const hooks = call.action === "create" ? head.hooks + 1 : Math.max(0, head.hooks - 1);
  return { ...head, hooks, lastHook: call };
}
