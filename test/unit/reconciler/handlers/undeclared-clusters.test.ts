import { undeclaredClusters } from "../../../../lambdas/reconciler/enforce/undeclared-clusters";
import { LedgerError } from "../../../../lambdas/reconciler/runtime/errors";
import type { Ledger } from "../../../../lambdas/reconciler/store/ledger";

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

  it("are printable also if the ledger cannot be read", async () => {
    const failing = () => Promise.reject(new LedgerError("orders\u001b[2J", { cause: new Error("a\nb") }));
    expect((await ask(failing)).undeclared).toEqual(["(not known: orders\\u{1b}[2J: Error: a b)"]);
  });
});
