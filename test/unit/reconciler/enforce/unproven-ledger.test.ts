import { EMPTY_ROSTER } from "../../../../core/roster/roster";
import { Outbox } from "../../../../lambdas/reconciler/events/outbox";
import { Reminders } from "../../../../lambdas/reconciler/events/reminders";
import { enforceHandler } from "../../../../lambdas/reconciler/handlers/handlers";
import type { Services } from "../../../../lambdas/reconciler/services/services";
import { EnforcementRecords } from "../../../../lambdas/reconciler/store/enforcement-records";
import { HoldersLedger } from "../../../../lambdas/reconciler/store/holders-ledger";
import { InstanceSessions } from "../../../../lambdas/reconciler/store/instance-sessions";
import { LateLogins } from "../../../../lambdas/reconciler/store/late-logins";
import { Ledger } from "../../../../lambdas/reconciler/store/ledger";
import { SourceLedger } from "../../../../lambdas/reconciler/store/source-ledger";
import type { Item } from "../../../../lambdas/runtime/item-store";
import { silentLog } from "../../../../lambdas/runtime/log";
import { memoryKey, testProofs } from "../../../support/proofs";
import { entryWith } from "../sources/source-fixture";
import { MemoryItemStore } from "../store/memory-item-store";

const NOW = new Date("2027-01-01T00:00:00Z");

/** A cluster that is paused, with an applied roster, and the enforcement function that looks after it. */
class PausedCluster {
  readonly store = new MemoryItemStore();
  readonly metrics: Record<string, number> = {};

  /** The function in a container that just started. */
  services(key = memoryKey()): Services {
    const { store } = this;
    const proofs = testProofs(key);
    const outbox = new Outbox(store, "ledger", { put: async () => [] }, proofs);
    return {
      ledger: new Ledger(store, "ledger", proofs),
      sources: { ledger: new SourceLedger(store, "ledger", proofs) },
      enforcement: new EnforcementRecords(store, "ledger", proofs),
      holders: new HoldersLedger(store, "ledger", proofs),
      outbox,
      reminders: new Reminders(store, "ledger", outbox),
      lateLogins: new LateLogins(store, "ledger"),
      instanceSessions: new InstanceSessions(store, "ledger"),
      audit: { append: async () => {} },
      registry: {
        entry: async () => entryWith([], { pausing: { clusterIdentifier: "orders" } }),
        has: async () => true,
      },
      capacity: { isPaused: async () => true },
      identity: { resourceIdAt: async () => undefined },
      accessDeniedRetry: { begin: () => {}, end: () => {} },
      metrics: { emit: (_: string, values: object) => Object.assign(this.metrics, values) },
      log: silentLog,
      now: () => NOW,
      randomId: () => "1a2b3c4d",
    } as unknown as Services;
  }

  async start(): Promise<void> {
    const { enforcement, ledger } = this.services();
    const version = await ledger.write("orders", { roster: EMPTY_ROSTER, formerly: [], changeSet: "cs-1" });
    await ledger.change("orders", head => ({ ...head, owner: "shop", target: version, applied: version }));
    await enforcement.write("orders", { lastSuccess: "2026-12-31T00:00:00.000Z" });
  }

  /** Changes the head as somebody does who may write the ledger, without a proof. */
  async tamper(change: (head: Item) => Item): Promise<void> {
    const { proof: _, ...head } = (await this.store.get("ledger", "orders", "head"))!;
    await this.store.put({ table: "ledger", item: change(head as Item) });
  }

  enforce(key = memoryKey()) {
    const context = { getRemainingTimeInMillis: () => 60_000 };
    const payload = { protocol: 1, action: "enforce", cluster: "orders", trigger: "interval" };
    return enforceHandler(this.services(key))(payload, context);
  }
}

const cluster = async () => {
  const paused = new PausedCluster();
  await paused.start();
  return paused;
};

describe("a run on a paused cluster", () => {
  it("succeeds if the ledger is proven", async () => {
    const paused = await cluster();
    expect(await paused.enforce()).toMatchObject({ outcome: "asleep" });
    expect(paused.metrics).toMatchObject({ Failures: 0, LedgerHashMismatches: 0 });
  });

  it.each<[string, (head: Item) => Promise<unknown>]>([
    ["by another key", ({ proof: _, ...head }) => testProofs(memoryKey("mallory")).prove(head as Item)],
    ["of an earlier head", async head => ({ ...head, revision: 7 })],
    ["that is none", async head => ({ ...head, proof: "none" })],
  ])("fails if the head has a proof %s", async (_, forge) => {
    const paused = await cluster();
    const head = (await paused.store.get("ledger", "orders", "head"))!;
    await paused.store.put({ table: "ledger", item: (await forge(head)) as Item });
    await expect(paused.enforce()).rejects.toMatchObject({
      name: "LedgerUnusable",
      message: expect.stringMatching(/without the proof of this reconciler's key/),
    });
    expect(paused.metrics).toMatchObject({ Failures: 1, LedgerHashMismatches: 1 });
  });

  it("raises the alarm in each run if somebody removed the proof, although an upgrade looks the same", async () => {
    const paused = await cluster();
    await paused.tamper(head => head);
    for (let run = 0; run < 2; run++) {
      paused.metrics["LedgerHashMismatches"] = 0;
      await paused.enforce();
      expect(paused.metrics).toMatchObject({ Failures: 0, LedgerHashMismatches: 1 });
    }
  });

  it("raises the alarm if somebody else wrote that an offboarding is undone", async () => {
    const paused = await cluster();
    const mark = {
      person: "jane",
      state: "reinstated",
      at: "2026-12-01T00:00:00.000Z",
      events: [],
      begun: [],
    };
    const item = { pk: "#offboarded", sk: "jane", ...mark, revision: 1 };
    await paused.store.put({ table: "ledger", item });
    expect(await paused.enforce()).toMatchObject({ outcome: "asleep" });
    expect(paused.metrics).toMatchObject({ Failures: 0, LedgerHashMismatches: 1 });
  });

  it.each(["released", "removing"])("does not believe `%s` of a head without a proof", async attribute => {
    const paused = await cluster();
    await paused.tamper(head => ({ ...head, [attribute]: "2026-12-31T00:00:00.000Z" }));
    expect(await paused.services().ledger.head("orders")).not.toHaveProperty(attribute, expect.anything());
    expect(await paused.enforce()).toMatchObject({ outcome: "asleep" });
    expect(paused.metrics).toMatchObject({ Failures: 0, LedgerHashMismatches: 1 });
  });

  it.each<[string, (paused: PausedCluster) => Promise<unknown>]>([
    ["removed the roster and the proof", paused => paused.tamper(({ target: _, ...head }) => head as Item)],
    ["deleted the head", paused => paused.store.remove("ledger", "orders", "head")],
  ])("raises the alarm if somebody %s, so that nothing seems to be managed", async (_, forge) => {
    const paused = await cluster();
    await forge(paused);
    expect(await paused.enforce()).toMatchObject({ outcome: "idle" });
    expect(paused.metrics).toMatchObject({ LedgerHashMismatches: 1 });
  });

  it("raises no alarm before the first apply, also if an earlier run failed", async () => {
    const paused = new PausedCluster();
    await paused.services().enforcement.write("orders", { failure: "RegistryUnusable" });
    expect(await paused.enforce()).toMatchObject({ outcome: "idle" });
    expect(paused.metrics).toMatchObject({ LedgerHashMismatches: 0 });
  });
});
