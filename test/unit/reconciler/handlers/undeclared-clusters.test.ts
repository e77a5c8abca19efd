import { personPartitions } from "../../../../core/contract/offboarding";
import { undeclaredClusters } from "../../../../lambdas/reconciler/enforce/undeclared-clusters";
import { LedgerError } from "../../../../lambdas/reconciler/runtime/errors";
import { Ledger } from "../../../../lambdas/reconciler/store/ledger";
import { DynamoDbItemStore } from "../../../../lambdas/runtime/dynamodb-item-store";
import type { Item } from "../../../../lambdas/runtime/item-store";
import { testProofs } from "../../../support/proofs";
import { MemoryItemStore } from "../store/memory-item-store";

describe("the clusters that no stack declares, which Terraform's check shows in a terminal", () => {
  const ask = (clusters: () => Promise<unknown>) =>
    undeclaredClusters({ protocol: 1, action: "clusters", declared: ["orders"] }, {
      clusters,
    } as unknown as Ledger);
  const listed = (cluster: string) => async () => [{ cluster, owner: "stack", since: "" }];

  it.each([
    ["an escape sequence", "a\u001b[2Jb", "a\\u{1b}[2Jb"],
    ["a command of a workflow on a line of its own", "a\n::error::b", "a ::error::b"],
    ["a change of direction", "a\u202eb", "a\\u{202e}b"],
    ["a name of a replaced cluster", "shop@cluster-ABC", "shop@cluster-ABC"],
  ])("are printable: %s", async (_what, name, shown) => {
    expect((await ask(listed(name))).undeclared).toEqual([shown]);
  });

  it("have the names of their keys, whatever another account's reconciler wrote to the list", async () => {
    const store = new MemoryItemStore();
    const ledger = new Ledger(store, "ledger", testProofs());
    const put = (sk: string, more: object) =>
      store.put({ table: "ledger", item: { pk: "#clusters", sk, ...more } as Item });
    await put("billing", { cluster: 7, owner: ["x"], released: { a: 1 }, accountsLeft: "0" });
    await put("nothing", {});
    await put("orders", { cluster: "payments" });
    await put("x".repeat(1_000), { cluster: "y" });
    const { undeclared } = await ask(() => ledger.clusters());
    expect(undeclared).toEqual(["billing", "nothing", "x".repeat(128)]);
  });

  it("are this reconciler's own where several use the ledger", async () => {
    const store = new MemoryItemStore();
    const of = (...name: string[]) => new Ledger(store, "ledger", testProofs(), personPartitions(...name));
    const seenBy = async (ledger: Ledger) =>
      (await undeclaredClusters({ protocol: 1, action: "clusters", declared: [] }, ledger)).undeclared;
    const [central, shop, finance] = [of(), of("shop"), of("finance")];
    for (const ledger of [central!, shop!])
      await ledger.listCluster({ cluster: `of-${ledger.reconciler ?? "all"}`, owner: "stack", since: "" });
    expect(await seenBy(central!)).toEqual(["of-all"]);
    expect(await seenBy(shop!)).toEqual(["of-shop"]);
    expect(await seenBy(finance!)).toEqual([]);
  });

  it("are not known where the list is longer than any that reconcilers make", async () => {
    let pages = 0;
    const client = { send: async () => ({ Items: [], LastEvaluatedKey: { pk: { S: `${++pages}` } } }) };
    const ledger = new Ledger(new DynamoDbItemStore(client as never), "ledger", testProofs());
    expect((await ask(() => ledger.clusters())).undeclared).toEqual([
      expect.stringMatching(/^\(not known: all clusters: .*#clusters has more than 5 MB/),
    ]);
    expect(pages).toBe(5);
  });

  it("are printable also if the ledger cannot be read", async () => {
    const failing = () => Promise.reject(new LedgerError("orders\u001b[2J", { cause: new Error("a\nb") }));
    expect((await ask(failing)).undeclared).toEqual(["(not known: orders\\u{1b}[2J: Error: a b)"]);
  });
});
