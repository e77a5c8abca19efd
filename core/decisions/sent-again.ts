import type { HookCount } from "./hook-count";

/** What a hook's call answered. The ledger keeps the cluster's last one. */
export interface HookAnswer {
  /** The SHA-256 of the payload. */
  readonly payload: string;
  /** When the call ended. */
  readonly at: string;
  /** How many statements ran. */
  readonly statements: number;
  readonly message: string;
  /** The error's code, if the call failed. */
  readonly code?: string | undefined;
}

/** A call of a hook, as it arrived. */
export interface ArrivedCall {
  readonly action: "create" | "update" | "delete";
  readonly payload: string;
  readonly startedAt: Date;
}

/**
 * The provider sends a call again if it got no answer: at once, or when it notices that the connection is
 * dead.
 */
const AGAIN_WITHIN_MS = 10 * 60_000;
/**
 * While another hook holds the cluster, its deletion may bring the same payload as this one's. So a copy must
 * come soon after.
 */
const DELETED_AGAIN_WITHIN_MS = 2_000;

/**
 * The answer that the call has got already, if it is a copy of the cluster's last call: it began before that
 * call had ended, or soon after. The same payload days later is no copy, nor after another call.
 */
export function sentAgain(
  { hooks, lastAnswer }: Pick<HookCount, "hooks"> & { readonly lastAnswer?: HookAnswer | undefined },
  { action, payload, startedAt }: ArrivedCall,
): HookAnswer | undefined {
  if (lastAnswer?.payload !== payload) return undefined;
  const since = startedAt.getTime() - Date.parse(lastAnswer.at);
  const limit = action === "delete" && hooks > 0 ? DELETED_AGAIN_WITHIN_MS : AGAIN_WITHIN_MS;
  return since < limit ? lastAnswer : undefined;
}
