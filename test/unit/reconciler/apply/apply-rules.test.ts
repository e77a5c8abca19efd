import { apply } from "../../../../lambdas/reconciler/apply/apply";
import type { HookRun } from "../../../../lambdas/reconciler/apply/hook-run";
import { EMPTY_HEAD } from "../../../../lambdas/reconciler/store/ledger-head";
import { rosterOf } from "../../../support/observed";
import { entryWith } from "../sources/source-fixture";

/** An apply that fails as soon as it opens an attempt. */
const applyWith = (rules: object) => {
  const services = {
    now: () => new Date("2026-11-20T12:00:00Z"),
    accessDeniedRetry: { end: () => {} },
    registry: { entry: async () => entryWith() },
    ledger: {
      head: async () => EMPTY_HEAD,
      change: () => Promise.reject(new Error("an attempt is open")),
    },
  };
  const roster = { ...rosterOf({ sl_jane: { shop: "read" } }), rules };
  const request = {
    cluster: "orders",
    owner: "stack",
    gate: "g",
    hook: "h",
    roster,
    tf: { action: "create" },
  };
  return apply({ call: { services, payloadHash: "p" }, id: "i", request } as unknown as HookRun);
};

it("apply refuses a roster that breaks its own rules, before anything is written", async () => {
  const ends = { endWithin: { role: "read", strength: "read", days: 3 } };
  await expect(applyWith({ ends })).rejects.toThrow(/jane holds read .* has no end.*rule ends.*Nothing ran/);
  await expect(applyWith({})).rejects.toThrow("an attempt is open");
});
