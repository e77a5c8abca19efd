import { AuditTrail, auditHash } from "../../../lambdas/reconciler/audit-trail";
import { MemoryItemStore } from "./memory-item-store";

const entry = (n: number) => ({ kind: "result" as const, cluster: "orders", when: "2027-01-01T00:00:00.000Z", n });

describe("the audit trail", () => {
  it("chains what two runs write at once", async () => {
    const store = new MemoryItemStore();
    const trail = new AuditTrail(store, "t");
    await Promise.all([1, 2, 3, 4].map(n => trail.append(entry(n))));
    const items = (await store.list("t", "orders", "")).filter(({ sk }) => sk !== "head");
    expect(items.map(({ sk }) => sk)).toEqual(["000000000001", "000000000002", "000000000003", "000000000004"]);
    items.reduce((previous, item) => {
      expect(item["prevHash"]).toBe(previous);
      expect(auditHash(item as never)).toBe(item["hash"]);
      return String(item["hash"]);
    }, "");
  });

  it("shows a changed item", async () => {
    const store = new MemoryItemStore();
    await new AuditTrail(store, "t").append(entry(1));
    const item = (await store.get("t", "orders", "000000000001"))!;
    expect(auditHash({ ...item, n: 2 } as never)).not.toBe(item["hash"]);
  });

  it("cuts a long list into items that fit", async () => {
    const store = new MemoryItemStore();
    const items = Array.from({ length: 50 }, (_, i) => ({ sql: `${i} ${"x".repeat(20_000)}` }));
    await new AuditTrail(store, "t").append({ ...entry(1), kind: "intent" }, { name: "statements", items });
    const written = (await store.list("t", "orders", "0")) as unknown as { part: number; parts: number; statements: unknown[] }[];
    expect(written.map(({ part, parts }) => `${part}/${parts}`)).toEqual(["1/4", "2/4", "3/4", "4/4"]);
    expect(written.flatMap(({ statements }) => statements)).toEqual(items);
  });

  it("keeps refusals in a partition of their own", async () => {
    const store = new MemoryItemStore();
    await new AuditTrail(store, "t").append({ ...entry(1), kind: "refused", cluster: "unknown" });
    expect(await store.list("t", "refused#unknown", "0")).toHaveLength(1);
  });

  it("fails with a reason when it cannot be written", async () => {
    const store = new MemoryItemStore();
    store.beforePut = () => {
      throw Object.assign(new Error("no"), { name: "AccessDeniedException" });
    };
    await expect(new AuditTrail(store, "t").append(entry(1))).rejects.toThrow(/could not be written: AccessDeniedException: no/);
  });
});
