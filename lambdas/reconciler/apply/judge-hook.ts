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

/** Parameter Store may show a parameter for some seconds after its deletion. So it is read for so long. */
const READ_AGAIN_MS = 5_000;
const PAUSE_MS = 500;

/** Under `remove`, what says that the stack goes on: it deletes its parameter before its hook. */
async function stillDeclared({ call, request }: HookRun): Promise<string | undefined> {
  const { pause, registry } = call.services;
  const longest = Math.min(READ_AGAIN_MS, call.deadline.left() / 4);
  for (let waited = 0; ; waited += PAUSE_MS) {
    const parameter = await registry.removalParameter(request.cluster);
    if (parameter === undefined) return undefined;
    if (waited + PAUSE_MS > longest)
      return (
        `the parameter ${parameter} is there, which a destroy of the cluster deletes first. If the stack ` +
        "still declares the cluster (after a `state mv`, for instance), apply again; else delete the parameter"
      );
    await pause(PAUSE_MS);
  }
}
