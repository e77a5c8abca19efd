import { type HookCall, type KnownHooks, UNNAMED_HOOK } from "./hooks";

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
export interface ArrivedCall extends Pick<HookCall, "action" | "hook" | "payload"> {
  readonly startedAt: Date;
}

/**
 * The provider sends a call again if it got no answer: at once, or when it notices that the connection is
 * dead.
 */
const AGAIN_WITHIN_MS = 10 * 60_000;
/**
 * While another hook holds the cluster, the deletion of one without a name may have the payload of this
 * one's. So a copy must come soon after.
 */
const DELETED_AGAIN_WITHIN_MS = 2_000;

/**
 * The answer that the call has got already, if it is a copy of the cluster's last call: it began before that
 * call had ended, or soon after. The same payload days later is no copy, nor after another call.
 */
export function sentAgain(
  { hooks, lastAnswer }: Pick<KnownHooks, "hooks"> & { readonly lastAnswer?: HookAnswer | undefined },
  { action, hook, payload, startedAt }: ArrivedCall,
): HookAnswer | undefined {
  if (lastAnswer?.payload !== payload) return undefined;
  const since = startedAt.getTime() - Date.parse(lastAnswer.at);
  const mayBeAnother = action === "delete" && hook === UNNAMED_HOOK && hooks > 0;
  const limit = mayBeAnother ? DELETED_AGAIN_WITHIN_MS : AGAIN_WITHIN_MS;
  return since < limit ? lastAnswer : undefined;
}
