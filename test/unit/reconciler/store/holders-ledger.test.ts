import { HoldersLedger } from "../../../../lambdas/reconciler/store/holders-ledger";
import { memoryKey, silentKey, testProofs } from "../../../support/proofs";
import { MemoryItemStore } from "./memory-item-store";

const baseline = (...holders: readonly string[]) => ({
  databases: ["orders"],
  kinds: ["reaches"],
  holders: Object.fromEntries(holders.map(holder => [holder, ""])),
});

/** A list that says of nobody that they are known. */
const NOBODY = { databases: [], holders: {}, unproven: "invalid" };

describe("the list of who reaches a managed database", () => {
  const key = memoryKey();
  let store: MemoryItemStore;
  const list = (of = key) => new HoldersLedger(store, "ledger", testProofs(of));
  const item = () => store.get("ledger", "orders", "holders");

  beforeEach(async () => {
    store = new MemoryItemStore();
    await list().write("orders", baseline("app"));
  });

  it("is read as it was written, and not written again if it is the same", async () => {
    const before = await item();
    await list().write("orders", baseline("app", "batch"));
    await list().write("orders", baseline("app"));
    expect(await list().read("orders", {})).toEqual({ ...baseline("app"), unproven: undefined });
    const after = await item();
    expect(after?.["blob"]).toBe(before?.["blob"]);
    await list().write("orders", baseline("app"));
    expect(await item()).toEqual(after);
  });

  it.each([
    ["does not answer", silentKey],
    ["stops answering", { ...key, make: silentKey.make }],
  ])("stays as it is while the key %s, so that new holders are reported again", async (_, silent) => {
    const before = await item();
    await list(silent).write("orders", baseline("app", "mallory"));
    expect(await item()).toEqual(before);
  });

  it.each(["names no list", "names a list that is gone"])("knows nobody if its item %s", async fault => {
    const { blob, ...rest } = (await item())!;
    if (fault === "names no list") await store.put({ table: "ledger", item: rest as never });
    else await store.remove("ledger", "orders", `blob#${blob}#0000`);
    expect(await list().read("orders", {})).toEqual(NOBODY);
    await list().write("orders", baseline("app"));
    expect(await list().read("orders", {})).toEqual({ ...baseline("app"), unproven: undefined });
  });

  it("knows nobody if somebody deleted its item, and is absent before the first look", async () => {
    await store.remove("ledger", "orders", "holders");
    expect(await list().read("orders", { watched: true })).toEqual(NOBODY);
    expect(await list().read("orders", {})).toBeUndefined();
  });

  it("says whether it was written, so that nobody waits for an item that is not there", async () => {
    await store.remove("ledger", "orders", "holders");
    expect(await list({ ...key, make: silentKey.make }).write("orders", baseline("app"))).toBe(false);
    expect(await item()).toBeUndefined();
    expect(await list().write("orders", baseline("app"))).toBe(true);
    expect(await list().write("orders", baseline("app"))).toBe(true);
  });
});
