import { type Deletion, judgeDeletion } from "../../../core/decisions/hooks";
import type { LedgerHead } from "../store/ledger-head";
import { type HookRun, hookCall } from "./hook-run";

/** What the ledger's head says of a hook's deletion: whether another owner or hook holds the cluster. */
export function judgeByHead(hook: HookRun, head: LedgerHead): Deletion {
  const isForeign = head.owner !== undefined && head.owner !== hook.request.owner;
  if (isForeign) return { kind: "leaves", message: `the cluster belongs to ${head.owner}` };
  return judgeDeletion(head, hookCall(hook).hook, hook.call.startedAt);
}

/**
 * What a hook's deletion is. Under `remove` it is in doubt while the stack's parameter is there.
 * @throws RegistryError
 */
export async function judgeHook(hook: HookRun, head: LedgerHead): Promise<Deletion> {
  const deletion = judgeByHead(hook, head);
  if (deletion.kind !== "last" || head.removalPolicy !== "remove") return deletion;
  const doubt = await stillDeclared(hook);
  return doubt === undefined ? deletion : { kind: "doubtful", doubt };
}

/** Under `remove`, what says that the stack goes on: it deletes its parameter before its hook. */
async function stillDeclared({ call, request }: HookRun): Promise<string | undefined> {
  const parameter = await call.services.registry.removalParameter(request.cluster);
  if (parameter === undefined) return undefined;
  return (
    `the parameter ${parameter} is there, which a destroy of the cluster deletes first. If the stack still ` +
    "declares the cluster (after a `state mv`, for instance), apply again; else delete the parameter"
  );
}
