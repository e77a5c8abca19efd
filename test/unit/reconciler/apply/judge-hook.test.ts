import type { HookRun } from "../../../../lambdas/reconciler/apply/hook-run";
import { judgeHook } from "../../../../lambdas/reconciler/apply/judge-hook";
import { EMPTY_HEAD } from "../../../../lambdas/reconciler/store/ledger-head";

const HOOK = "tf/default/00000000-0000-4000-8000-000000000001";
const HEAD = { ...EMPTY_HEAD, hooks: 1, owner: "stack", heldBy: [HOOK], removalPolicy: "remove" as const };

/** A deletion, while Parameter Store shows the parameter in the first `shown` answers. */
function deletion(shown: number, leftMs = 60_000) {
  const pauses: number[] = [];
  let reads = 0;
  const services = {
    now: () => new Date(0),
    pause: async (ms: number) => void pauses.push(ms),
    registry: { removalParameter: async () => (reads++ < shown ? "/p/orders/removal" : undefined) },
  };
  const call = { services, startedAt: new Date(0), deadline: { left: () => leftMs } };
  const request = { cluster: "orders", owner: "stack", hook: HOOK, tf: { action: "delete" } };
  return { hook: { call, request } as unknown as HookRun, pauses, reads: () => reads };
}

describe("the parameter that a destroy deletes before the hook", () => {
  it.each([0, 1, 3, 10])("may be shown %i times more after its deletion", async shown => {
    const { hook, reads } = deletion(shown);
    expect(await judgeHook(hook, HEAD)).toEqual({ kind: "last" });
    expect(reads()).toBe(shown + 1);
  });

  it.each([
    ["five seconds", 60_000, 5_000],
    ["a quarter of the time that is left", 8_000, 2_000],
    ["no time if none is left", 0, 0],
  ])("puts the deletion in doubt if it is there for %s", async (_what, leftMs, waited) => {
    const { hook, pauses } = deletion(100, leftMs);
    expect(await judgeHook(hook, HEAD)).toMatchObject({
      kind: "doubtful",
      doubt: expect.stringMatching(/\/p\/orders\/removal is there/),
    });
    expect(pauses.reduce((sum, ms) => sum + ms, 0)).toBe(waited);
  });

  it("is not asked for under another policy, nor if the hook is not the last", async () => {
    const { hook, reads } = deletion(100);
    expect(await judgeHook(hook, { ...HEAD, removalPolicy: "retain" })).toEqual({ kind: "last" });
    expect(await judgeHook(hook, { ...HEAD, owner: "other" })).toMatchObject({ kind: "leaves" });
    expect(await judgeHook(hook, { ...HEAD, formerHooks: [HOOK] })).toMatchObject({ kind: "leaves" });
    expect(reads()).toBe(0);
  });
});
