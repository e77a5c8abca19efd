import { SourceItems } from "../../../../lambdas/reconciler/store/source-items";
import { EMPTY_SOURCE } from "../../../../lambdas/reconciler/store/source-ledger-item";
import type { Item } from "../../../../lambdas/runtime/item-store";
import { memoryKey, testProofs } from "../../../support/proofs";
import { MemoryItemStore } from "./memory-item-store";

const SINCE = "2026-01-01T00:00:00.000Z";
const KEY = "source#shop/prod";

describe("the accounts of a source", () => {
  let store: MemoryItemStore;
  const items = (key = memoryKey()) => new SourceItems(store, "ledger", testProofs(key));
  const own = async (reader = items()) =>
    (await reader.accounts("orders", await reader.item("orders", "shop/prod"))).own;

  beforeEach(async () => {
    store = new MemoryItemStore();
    const accounts = { own: { sl_a: SINCE, sl_b: SINCE }, formerly: ["sl_b"] };
    const named = await items().writeAccounts("orders", "shop/prod", accounts);
    await items().change("orders", "shop/prod", () => ({ ...EMPTY_SOURCE, ...named }));
  });

  it("are the source's own if the item is proven", async () =>
    expect(await own()).toEqual({ sl_a: SINCE, sl_b: SINCE }));

  it.each<[string, (item: Item) => Item]>([
    ["has no proof", ({ proof: _, ...item }) => item as Item],
    ["was changed since its proof", item => ({ ...item, by: "mallory" })],
    ["has a proof that is none", item => ({ ...item, proof: "none" })],
  ])("are not confirmed if the item %s", async (_, forge) => {
    const item = await store.get("ledger", "orders", KEY);
    await store.put({ table: "ledger", item: forge(item!) });
    expect(await own()).toEqual({ sl_a: "", sl_b: "" });
  });

  it("are not confirmed by the proof of another key, nor by a change of an unproven item", async () => {
    const other = items(memoryKey("mallory"));
    expect(await own(other)).toEqual({ sl_a: "", sl_b: "" });
    await other.change("orders", "shop/prod", item => ({ ...item, by: "mallory" }));
    expect(await own()).toEqual({ sl_a: "", sl_b: "" });
  });
});
