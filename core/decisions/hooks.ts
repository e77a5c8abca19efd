/** A successful call of a hook, or a deletion. */
export interface HookCall {
  readonly action: "create" | "update" | "delete";
  /** The hook's key; see `hookOf`. */
  readonly hook: string;
  /** The SHA-256 of the payload. */
  readonly payload: string;
  readonly at: string;
}

/** What the ledger knows of a cluster's hooks. */
export interface KnownHooks {
  /** How many hooks there are. Only hooks without a name are counted; a named one makes it one. */
  readonly hooks: number;
  /** The call that last changed `hooks`. */
  readonly lastHook?: (Omit<HookCall, "action" | "hook"> & { readonly action: string }) | undefined;
  readonly lastAnswer?: { readonly payload: string } | undefined;
  /** The hooks that hold the cluster, at most one for each workspace. The last one called last. */
  readonly heldBy?: readonly string[] | undefined;
  /** Hooks that another one replaced, or that were deleted; newest last. */
  readonly formerHooks?: readonly string[] | undefined;
}

/**
 * The key of every hook that an older release made. Such hooks have no name of their own, and are counted.
 */
export const UNNAMED_HOOK = "tf";

/** A deletion that is sent again begins at most this long after its first copy. */
const AGAIN_WITHIN_MS = 2_000;
/** A replacement deletes the old hook at most this long after it created the new one. */
const REPLACED_WITHIN_MS = 15 * 60_000;
const FORMER_KEPT = 20;

/** What a deletion is: of a hook that holds nothing, of the last one, or of one that may not be the last. */
export type Deletion =
  | { readonly kind: "leaves"; readonly message: string }
  | { readonly kind: "last" }
  | { readonly kind: "doubtful"; readonly doubt: string };

/** Terraform's workspace in a hook's name `tf/<workspace>/<UUID>`. No workspace's name holds a `/`. */
const workspaceOf = (hook: string): string | undefined => hook.split("/")[1];

/** Whether the hook takes the place of the other one: it has the same workspace, or the other has no name. */
const replaces = (hook: string, other: string): boolean =>
  other === UNNAMED_HOOK || (hook !== UNNAMED_HOOK && workspaceOf(hook) === workspaceOf(other));

/**
 * Whether this very call of a hook without a name was counted already: its answer was lost, and the caller
 * sent it again.
 * - A deletion counted twice could remove all accounts while one hook replaces another.
 * - A creation counted twice only makes a later deletion milder. So a copy of a creation counts as one only
 *   if it began before the first had ended; otherwise it may be a replacement.
 */
function wasCounted({ lastHook }: KnownHooks, call: HookCall, startedAt: Date): boolean {
  if (lastHook?.action !== call.action || lastHook.payload !== call.payload) return false;
  const since = startedAt.getTime() - Date.parse(lastHook.at);
  return since < (call.action === "delete" ? AGAIN_WITHIN_MS : 0);
}

/** The count with one hook without a name more or less. */
function counted<H extends KnownHooks>(head: H, call: HookCall, startedAt: Date): H {
  if (call.action === "update" || wasCounted(head, call, startedAt)) return head;
  const hooks = call.action === "create" ? head.hooks + 1 : head.hooks - 1;
  const { action, at, payload } = call;
  return { ...head, hooks, lastHook: { action, at, payload } };
}

/**
 * The hook holds the cluster now: it was created or updated with success. It takes the place of the hook that
 * its workspace had. That one was replaced, or Terraform forgot it (`state rm`, a lost state). A late copy of
 * the creation of a former hook changes nothing.
 */
export function holdBy<H extends KnownHooks>(head: H, call: HookCall, startedAt: Date): H {
  const { hook } = call;
  const { formerHooks = [], heldBy = [] } = head;
  if (hook !== UNNAMED_HOOK && call.action === "create" && formerHooks.includes(hook)) return head;
  const replaced = hook === UNNAMED_HOOK ? [] : [UNNAMED_HOOK, ...heldBy.filter(by => replaces(hook, by))];
  const after = hook === UNNAMED_HOOK ? counted(head, call, startedAt) : { ...head, lastHook: undefined };
  return {
    ...after,
    hooks: hook === UNNAMED_HOOK ? Math.max(1, after.hooks) : 1,
    heldBy: [...heldBy.filter(by => by !== hook && !replaced.includes(by)), hook],
    formerHooks: former(formerHooks, replaced, [hook]),
  };
}

/** The newest former hooks, without those in `except`. */
const former = (known: readonly string[], added: readonly string[], except: readonly string[] = []) =>
  [...new Set([...known.filter(hook => !added.includes(hook)), ...added])]
    .filter(hook => !except.includes(hook))
    .slice(-FORMER_KEPT);

/** The hook is gone, and the cluster keeps what it has: others hold it, or may hold it. */
export function leaveTo<H extends KnownHooks>(head: H, call: HookCall, startedAt: Date): H {
  const { formerHooks = [], heldBy = [] } = head;
  if (call.hook === UNNAMED_HOOK && !formerHooks.includes(UNNAMED_HOOK)) {
    const after = counted(head, call, startedAt);
    return { ...after, hooks: Math.max(1, after.hooks) };
  }
  return {
    ...head,
    heldBy: heldBy.filter(by => by !== call.hook),
    formerHooks: former(formerHooks, [call.hook]),
  };
}

/** No hook holds the cluster any more. */
export function holdByNone<H extends KnownHooks>(head: H, call: HookCall): H {
  const { formerHooks = [], heldBy = [] } = head;
  const gone = [...heldBy, call.hook].filter(hook => hook !== UNNAMED_HOOK);
  return { ...head, hooks: 0, lastHook: undefined, heldBy: [], formerHooks: former(formerHooks, gone) };
}

/**
 * What the deletion of a hook means. A former hook holds nothing: another one of its workspace took its
 * place. One that shares the cluster may be the last, as the others may be forgotten. In doubt nobody is
 * dropped, and no account is left behind unseen.
 */
export function judgeDeletion(head: KnownHooks, hook: string, startedAt: Date): Deletion {
  const { formerHooks = [], heldBy = [], hooks } = head;
  if (formerHooks.includes(hook)) return LEAVES;
  const others = heldBy.filter(by => by !== hook);
  if (others.length > 0) {
    const doubt = heldBy.includes(hook)
      ? `the cluster is declared in ${others.map(placeOf).join(", ")}, too`
      : "another hook holds the cluster, and the ledger does not know this one";
    return { kind: "doubtful", doubt };
  }
  if (hook !== UNNAMED_HOOK || hooks <= 1) return { kind: "last" };
  if (isReplaced(head, startedAt)) return LEAVES;
  const doubt = `the ledger counts ${hooks} hooks, and Terraform may have forgotten some. An apply with \`-replace\` of the hook settles it`;
  return { kind: "doubtful", doubt };
}

/**
 * Whether the deletion of a hook without a name is a replacement's, which creates the new hook, then deletes
 * the old one soon after, and nothing calls in between.
 */
const isReplaced = ({ lastAnswer, lastHook }: KnownHooks, startedAt: Date): boolean =>
  lastHook !== undefined &&
  lastHook.payload === lastAnswer?.payload &&
  startedAt.getTime() - Date.parse(lastHook.at) < REPLACED_WITHIN_MS;

const placeOf = (hook: string): string => {
  const workspace = workspaceOf(hook);
  return workspace === undefined ? "a hook of an older release" : `the workspace ${workspace}`;
};

const LEAVES: Deletion = { kind: "leaves", message: "another hook holds the cluster" };
