import type { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { S3AuditAnchor } from "../../../../lambdas/reconciler/store/audit-anchor";
import { AuditTrail, auditHash } from "../../../../lambdas/reconciler/store/audit-trail";
import { MemoryItemStore } from "./memory-item-store";

const entry = (n: number) => ({
  kind: "result" as const,
  cluster: "orders",
  when: "2027-01-01T00:00:00.000Z",
  n,
});

describe("the audit trail", () => {
  it("chains what two runs write at once", async () => {
    const store = new MemoryItemStore();
    const trail = new AuditTrail(store, "t");
    await Promise.all([1, 2, 3, 4].map(n => trail.append(entry(n))));
    const items = (await store.list("t", "orders", "")).filter(({ sk }) => sk !== "head");
    expect(items.map(({ sk }) => sk)).toEqual([
      "000000000001",
      "000000000002",
      "000000000003",
      "000000000004",
    ]);
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

  it("cuts a long list into parts that fit into items", async () => {
    const store = new MemoryItemStore();
    const items = Array.from({ length: 50 }, (_, i) => ({ sql: `${i} ${"x".repeat(20_000)}` }));
    await new AuditTrail(store, "t").append({ ...entry(1), kind: "intent" }, { name: "statements", items });
    const written = (await store.list("t", "orders", "0")) as unknown as {
      part: number;
      parts: number;
      statements: unknown[];
    }[];
    expect(written.map(({ part, parts }) => `${part}/${parts}`)).toEqual(["1/4", "2/4", "3/4", "4/4"]);
    expect(written.flatMap(({ statements }) => statements)).toEqual(items);
  });

  it("puts two lists into one item, or each into parts of its own if they do not fit", async () => {
    const store = new MemoryItemStore();
    const trail = new AuditTrail(store, "t");
    const list = (name: "statements" | "accountChanges", count: number) => {
      const items = Array.from({ length: count }, (_, i) => ({ name, i, text: "x".repeat(20_000) }));
      return { name, items };
    };
    await trail.append({ ...entry(1), kind: "intent" }, list("statements", 2), list("accountChanges", 3));
    await trail.append({ ...entry(2), kind: "intent" }, list("statements", 14), list("accountChanges", 16));
    await trail.append({ ...entry(3), kind: "intent" }, list("statements", 0), list("accountChanges", 0));
    const written = (await store.list("t", "orders", "0")) as unknown as {
      part?: number;
      statements?: unknown[];
      accountChanges?: unknown[];
    }[];
    const shown = written.map(item => [item.part, item.statements?.length, item.accountChanges?.length]);
    expect(shown).toEqual([
      [undefined, 2, 3],
      [1, 14, undefined],
      [2, undefined, 14],
      [3, undefined, 2],
      [undefined, 0, 0],
    ]);
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
    await expect(new AuditTrail(store, "t").append(entry(1))).rejects.toThrow(
      /could not be written: AccessDeniedException: no/,
    );
  });

  it("reads a chain's head once, and again only where another writer was faster", async () => {
    const store = new MemoryItemStore();
    const get = jest.spyOn(store, "get");
    const [one, other] = [new AuditTrail(store, "t"), new AuditTrail(store, "t")];
    for (const n of [1, 2, 3]) await one.append(entry(n));
    expect(get.mock.calls.map(([, , sk]) => sk)).toEqual(["head"]);
    await other.append(entry(4));
    get.mockClear();
    await one.append(entry(5));
    expect(get.mock.calls.map(([, , sk]) => sk)).toEqual(["000000000004", "head"]);
    const items = (await store.list("t", "orders", "0")) as unknown as { n: number }[];
    expect(items.map(({ n }) => n)).toEqual([1, 2, 3, 4, 5]);
  });

  it("writes an entry once where only the answer was lost, even if another one followed it meanwhile", async () => {
    const store = new MemoryItemStore();
    const trail = new AuditTrail(store, "t");
    const put = store.put.bind(store);
    store.put = async (...puts) => {
      store.put = put;
      await put(...puts);
      await new AuditTrail(store, "t").append(entry(2));
      return false;
    };
    await trail.append(entry(1));
    await trail.append(entry(3));
    const items = (await store.list("t", "orders", "0")) as unknown as { n: number }[];
    expect(items.map(({ n }) => n)).toEqual([1, 2, 3]);
  });

  it("does not accept a head that was replaced by another of the same position", async () => {
    const store = new MemoryItemStore();
    const trail = new AuditTrail(store, "t");
    await trail.append(entry(1));
    await store.put({ table: "t", item: { pk: "orders", sk: "head", seq: 1, hash: "another" } });
    await trail.append(entry(2));
    expect((await store.get("t", "orders", "000000000002"))!["prevHash"]).toBe("another");
  });

  it("records the head of each append: a log line, and for a cluster's own chain one anchor", async () => {
    const store = new MemoryItemStore();
    const anchors: unknown[] = [];
    const lines: unknown[] = [];
    const log = {
      info: (event: string, fields?: object) => void lines.push([event, fields]),
      error: () => {},
    };
    const trail = new AuditTrail(store, "t", { log, anchor: { put: async head => void anchors.push(head) } });
    const items = Array.from({ length: 20 }, () => ({ sql: "x".repeat(20_000) }));
    await trail.append({ ...entry(1), kind: "intent" }, { name: "statements", items });
    await trail.append({ ...entry(2), kind: "refused" });
    const { hash } = (await store.get("t", "orders", "head"))!;
    expect(anchors).toEqual([{ pk: "orders", seq: 2, hash, when: entry(1).when }]);
    expect(lines).toEqual([
      ["audit head", { chain: "orders", seq: 2, hash }],
      [
        "audit head",
        { chain: "refused#orders", seq: 1, hash: (await store.get("t", "refused#orders", "head"))!["hash"] },
      ],
    ]);
  });

  it("is written even if no anchor can be put, which is logged and counted", async () => {
    const store = new MemoryItemStore();
    const errors: unknown[] = [];
    const failed: unknown[] = [];
    const trail = new AuditTrail(store, "t", {
      log: { info: () => {}, error: (event, fields) => void errors.push([event, fields]) },
      anchor: { put: () => Promise.reject(Object.assign(new Error("secret"), { name: "AccessDenied" })) },
      onAnchorFailed: ({ pk, seq }) => void failed.push([pk, seq]),
    });
    await trail.append(entry(1));
    expect(await store.list("t", "orders", "0")).toHaveLength(1);
    expect(errors).toEqual([["audit anchor failed", { chain: "orders", seq: 1, reason: "AccessDenied" }]]);
    expect(failed).toEqual([["orders", 1]]);
  });

  it("keeps one chain when 20 containers write at once", async () => {
    const store = new MemoryItemStore();
    const trails = Array.from({ length: 20 }, () => new AuditTrail(store, "t"));
    await Promise.all(trails.map((trail, n) => trail.append(entry(n))));
    const items = (await store.list("t", "orders", "0")) as unknown as { n: number }[];
    expect(items.map(({ n }) => n).sort((a, b) => a - b)).toEqual(trails.map((_, n) => n));
  });

  it("does not wait for a bucket that does not answer", async () => {
    const store = new MemoryItemStore();
    const commands: PutObjectCommand[] = [];
    const send = (command: PutObjectCommand, { abortSignal }: { abortSignal: AbortSignal }) => {
      commands.push(command);
      return new Promise((_, reject) =>
        abortSignal.addEventListener("abort", () => reject(abortSignal.reason)),
      );
    };
    const failed: number[] = [];
    const anchor = new S3AuditAnchor(async () => ({ send }) as unknown as S3Client, "b", "p/", 20);
    const trail = new AuditTrail(store, "t", { anchor, onAnchorFailed: ({ seq }) => void failed.push(seq) });
    await trail.append(entry(1));
    const { hash } = (await store.get("t", "orders", "head"))!;
    expect(failed).toEqual([1]);
    expect(commands.map(({ input }) => input)).toEqual([
      {
        Bucket: "b",
        Key: "p/orders/000000000001.json",
        ContentType: "application/json",
        ChecksumAlgorithm: "SHA256",
        Body: `{"hash":"${hash}","pk":"orders","seq":1,"when":"2027-01-01T00:00:00.000Z"}`,
      },
    ]);
  });
});
