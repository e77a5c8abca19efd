import { canonicalJson } from "../../../../core/json";
import { Ledger } from "../../../../lambdas/reconciler/store/ledger";
import { LedgerBlobs } from "../../../../lambdas/reconciler/store/ledger-blobs";
import { EMPTY_HEAD, withGate } from "../../../../lambdas/reconciler/store/ledger-head";
import type { Proofs } from "../../../../lambdas/reconciler/store/proofs";
import { sha256Hex } from "../../../../lambdas/runtime/hash";
import type { Item } from "../../../../lambdas/runtime/item-store";
import { memoryKey, silentKey, testProofs } from "../../../support/proofs";
import { MemoryItemStore } from "./memory-item-store";

describe("the ledger's blobs", () => {
  const noise = () => Array.from({ length: 40_000 }, (_, i) => `${i * 7919}${Math.sin(i)}`);

  it("come back whole, however many chunks they need", async () => {
    const store = new MemoryItemStore();
    const value = { list: noise() };
    const id = await new LedgerBlobs(store, "t").write("orders", value);
    expect(id).toBe(sha256Hex(canonicalJson(value)));
    expect((await store.list("t", "orders", "blob#")).length).toBeGreaterThan(1);
    expect(await new LedgerBlobs(store, "t").read("orders", id)).toEqual(value);
  });

  it("are refused when a chunk is missing or another's", async () => {
    const store = new MemoryItemStore();
    const blobs = new LedgerBlobs(store, "t");
    const id = await blobs.write("orders", { list: noise() });
    const [first, second] = await store.list("t", "orders", "blob#");
    await store.remove("t", "orders", second!.sk);
    await expect(blobs.read("orders", id)).rejects.toThrow(/incomplete: 1 of 2 chunks/);
    await store.put({ table: "t", item: { ...first!, sk: second!.sk } });
    await expect(blobs.read("orders", id)).rejects.toThrow(/cannot be unpacked|SHA-256/);
    await expect(blobs.read("orders", "nothing")).rejects.toThrow(/incomplete: 0 of 1/);
  });
});

describe("the ledger's head", () => {
  const bump = (store: MemoryItemStore, proofs: Proofs) =>
    new Ledger(store, "t", proofs).change("orders", head => ({ ...head, hooks: head.hooks + 1 }));
  const withoutProof = async (store: MemoryItemStore) => {
    await bump(store, testProofs());
    const { proof: _, ...item } = (await store.get("t", "orders", "head"))!;
    await store.put({ table: "t", item: item as Item });
  };

  it("keeps all changes that are made at once", async () => {
    const ledger = new Ledger(new MemoryItemStore(), "t", testProofs());
    await Promise.all(["a", "b", "c"].map(gate => ledger.change("orders", head => withGate(head, gate))));
    const head = await ledger.head("orders");
    expect([...head.gates].sort()).toEqual(["a", "b", "c"]);
    expect(head.revision).toBe(3);
  });

  it("is not changed twice by a write whose answer was lost", async () => {
    const store = new MemoryItemStore();
    const put = store.put.bind(store);
    let lost = false;
    store.put = async (...puts) => {
      const written = await put(...puts);
      if (lost) return written;
      lost = true;
      return false;
    };
    const ledger = new Ledger(store, "t", testProofs());
    await ledger.change("orders", head => ({ ...head, hooks: head.hooks + 1 }));
    expect(await ledger.head("orders")).toMatchObject({ hooks: 1, revision: 1 });
  });

  it.each([
    ["the first one", async () => undefined],
    ["one that is proven", (store: MemoryItemStore) => bump(store, testProofs())],
    ["one of an earlier release", (store: MemoryItemStore) => withoutProof(store)],
    ["one by another key", (store: MemoryItemStore) => bump(store, testProofs(memoryKey("mallory")))],
  ])("is not written while the key of proofs does not answer: %s", async (_, prepare) => {
    const store = new MemoryItemStore();
    await prepare(store);
    const before = await store.get("t", "orders", "head");
    await expect(bump(store, testProofs(silentKey))).rejects.toMatchObject({
      code: "LedgerUnusable",
      message: expect.stringMatching(
        /^orders: the KMS key .* does not answer.*Check the network path to KMS/,
      ),
    });
    expect(await store.get("t", "orders", "head")).toEqual(before);
  });

  it("without a proof gets none by a change", async () => {
    const store = new MemoryItemStore();
    await withoutProof(store);
    await bump(store, testProofs());
    expect((await new Ledger(store, "t", testProofs()).head("orders")).unproven).toBe("missing");
  });

  it("remembers the last twenty gates", () => {
    const head = Array.from({ length: 30 }, (_, i) => `g${i}`).reduce(withGate, EMPTY_HEAD);
    expect(head.gates).toHaveLength(20);
    expect(withGate(head, "g15").gates.at(-1)).toBe("g15");
  });

  it("keeps the blobs that it points to, however old, and the last few others", () => {
    const ledger = new Ledger(new MemoryItemStore(), "t", testProofs());
    let head = { ...EMPTY_HEAD, applied: "first", blobs: ["first"] as readonly string[] };
    for (let i = 0; i < 40; i++) head = { ...head, blobs: ledger.keep(head, `v${i}`) };
    expect(head.blobs).toContain("first");
    expect(head.blobs).toContain("v39");
    expect(head.blobs.length).toBeLessThan(20);
  });
});
