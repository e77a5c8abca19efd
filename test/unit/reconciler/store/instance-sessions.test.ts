import { InstanceSessions } from "../../../../lambdas/reconciler/store/instance-sessions";
import { MemoryItemStore } from "./memory-item-store";

const bob = { user: "sl_bob", host: "%" };
const NOTHING = { known: [], left: new Map() };

describe("what the ledger holds of a cluster's other servers", () => {
  let store: MemoryItemStore;
  let sessions: InstanceSessions;
  beforeEach(() => {
    store = new MemoryItemStore();
    sessions = new InstanceSessions(store, "ledger");
  });
  const blobs = async () => (await store.list("ledger", "orders", "blob#")).length;

  it("is nothing at first, and nothing is written for that", async () => {
    expect(await sessions.read("orders")).toEqual(NOTHING);
    await sessions.write("orders", NOTHING);
    expect(await store.get("ledger", "orders", "instances")).toBeUndefined();
  });

  it("is whose sessions are to be ended where, until they are", async () => {
    const left = new Map([
      ["orders-2", [bob]],
      ["orders-3", []],
    ]);
    await sessions.write("orders", { known: ["orders-2", "orders-1", "orders-3"], left });
    expect(await sessions.isLeft("orders")).toBe(true);
    expect(await sessions.read("orders")).toEqual({ known: ["orders-1", "orders-2", "orders-3"], left });
    expect(await blobs()).toBe(2);
    await sessions.write("orders", { known: ["orders-1", "orders-2"], left: new Map([["orders-2", [bob]]]) });
    expect(await blobs()).toBe(1);
    await sessions.write("orders", { known: ["orders-1", "orders-2"], left: new Map() });
    expect(await sessions.isLeft("orders")).toBe(false);
    expect(await blobs()).toBe(0);
  });

  it("of very many accounts fits", async () => {
    const many = Array.from({ length: 20_000 }, (_, index) => ({
      user: `sl_${index}.${"x".repeat(20)}`,
      host: "%",
    }));
    const left = new Map([
      ["orders-2", many],
      ["orders-3", many],
    ]);
    await sessions.write("orders", { known: [], left });
    expect((await sessions.read("orders")).left.get("orders-3")).toHaveLength(20_000);
  });

  it("is an error if somebody changed whose they are", async () => {
    await sessions.write("orders", { known: [], left: new Map([["orders-2", [bob]]]) });
    const [blob] = await store.list("ledger", "orders", "blob#");
    await store.put({ table: "ledger", item: { ...blob!, count: 2 } });
    await expect(sessions.read("orders")).rejects.toThrow(/is incomplete/);
  });
});
