import { countHook, wasCounted } from "../../../../core/decisions/hook-count";
import { previouslyDeclared } from "../../../../core/decisions/rosters-in-effect";
import { canonicalJson } from "../../../../core/json";
import type { Roster } from "../../../../core/roster/roster";
import { Ledger } from "../../../../lambdas/reconciler/store/ledger";
import { LedgerBlobs } from "../../../../lambdas/reconciler/store/ledger-blobs";
import { EMPTY_HEAD, withGate } from "../../../../lambdas/reconciler/store/ledger-head";
import { sha256Hex } from "../../../../lambdas/runtime/hash";
import { MemoryItemStore } from "./memory-item-store";

const rosterOf = (...users: string[]): Roster => ({
  roles: {},
  accounts: Object.fromEntries(users.map(user => [user, { kind: "person" as const, user, databases: {} }])),
});
const version = (changeSet: string, formerly: readonly string[], ...users: string[]) => ({
  roster: rosterOf(...users),
  formerly,
  changeSet,
});

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
  it("keeps all changes that are made at once", async () => {
    const ledger = new Ledger(new MemoryItemStore(), "t");
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
    const ledger = new Ledger(store, "t");
    await ledger.change("orders", head => ({ ...head, hooks: head.hooks + 1 }));
    expect(await ledger.head("orders")).toMatchObject({ hooks: 1, revision: 1 });
  });

  it("remembers the last twenty gates", () => {
    const head = Array.from({ length: 30 }, (_, i) => `g${i}`).reduce(withGate, EMPTY_HEAD);
    expect(head.gates).toHaveLength(20);
    expect(withGate(head, "g15").gates.at(-1)).toBe("g15");
  });

  it("keeps the blobs that it points to, however old, and the last few others", () => {
    const ledger = new Ledger(new MemoryItemStore(), "t");
    let head = { ...EMPTY_HEAD, applied: "first", blobs: ["first"] as readonly string[] };
    for (let i = 0; i < 40; i++) head = { ...head, blobs: ledger.keep(head, `v${i}`) };
    expect(head.blobs).toContain("first");
    expect(head.blobs).toContain("v39");
    expect(head.blobs.length).toBeLessThan(20);
  });
});

describe("accounts that earlier rosters declared", () => {
  const head = { ...EMPTY_HEAD, target: "2", applied: "1" };

  it("are those of the target, its predecessors and the applied version, except the new roster's", () => {
    const state = {
      head,
      applied: version("1", ["ghost"], "a", "b"),
      target: version("2", ["old"], "b", "c"),
    };
    expect(previouslyDeclared(state, rosterOf("c", "d"))).toEqual(["a", "b", "old"]);
  });

  it("end with a success, except those that objects keep alive", () => {
    const target = version("2", ["gone", "kept"], "b");
    const state = { head: { ...head, applied: "2", lingering: ["kept"] }, target, applied: target };
    expect(previouslyDeclared(state, rosterOf("b"))).toEqual(["kept"]);
  });
});

describe("hooks", () => {
  const at = (seconds: number) => new Date(Date.UTC(2027, 0, 1, 0, 0, seconds));
  const call = (action: "create" | "delete", seconds: number, payload = "p") => ({
    action,
    payload,
    at: at(seconds).toISOString(),
  });

  it("count a replacement's creation, also right after another", () => {
    const one = countHook(EMPTY_HEAD, call("create", 0), at(0));
    expect(countHook(one, call("create", 3), at(1)).hooks).toBe(2);
  });

  it("do not count a creation that ran at the same time as its copy", () => {
    const one = countHook(EMPTY_HEAD, call("create", 10), at(0));
    expect(countHook(one, call("create", 12), at(5)).hooks).toBe(1);
  });

  it("count a deletion once that is sent twice", () => {
    const one = countHook({ ...EMPTY_HEAD, hooks: 2 }, call("delete", 10), at(9));
    expect(wasCounted(one, call("delete", 11), at(11))).toBe(true);
    expect(countHook(one, call("delete", 11), at(11)).hooks).toBe(1);
    expect(countHook(one, call("delete", 30), at(30)).hooks).toBe(0);
    expect(countHook(one, call("delete", 11, "another"), at(11)).hooks).toBe(0);
  });
});
