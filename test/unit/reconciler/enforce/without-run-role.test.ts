import { enforceHandler, rotateHandler } from "../../../../lambdas/reconciler/handlers/handlers";
import { RegistryError, UnregisteredError } from "../../../../lambdas/reconciler/runtime/errors";
import type { Services } from "../../../../lambdas/reconciler/services/services";
import { silentLog } from "../../../../lambdas/runtime/log";

const UNREADABLE = new RegistryError("orders: its registry entry could not be read");
const UNREGISTERED = new UnregisteredError("orders: there is no registry entry");

/** Functions with `clusterRolesOnly`, whose own roles read the list of clusters alone. */
function start(error: RegistryError, listed: readonly object[] = []) {
  const emitted: object[] = [];
  const recorded: object[] = [];
  const own = async () => Promise.reject(new Error("not authorized"));
  const services = {
    forCluster: async () => Promise.reject(error),
    registry: {
      has: async () => !(error instanceof UnregisteredError),
      entry: async () => Promise.reject(error),
    },
    ledger: { clusters: async () => listed, head: own, state: own },
    enforcement: { read: own },
    outbox: { send: async () => ({ waiting: 1, unproven: 0 }) },
    audit: { append: async (item: object) => void recorded.push(item) },
    metrics: { emit: (cluster: string, values: object) => void emitted.push({ cluster, ...values }) },
    accessDeniedRetry: { begin: () => {}, end: () => {} },
    log: silentLog,
    now: () => new Date("2027-01-01T00:00:00Z"),
    randomId: () => "1a2b3c4d",
  } as unknown as Services;
  const context = { getRemainingTimeInMillis: () => 60_000 };
  const enforce = { protocol: 1, action: "enforce", cluster: "orders", trigger: "interval" };
  return {
    emitted,
    recorded,
    enforce: () => enforceHandler(services)(enforce, context),
    rotate: () =>
      rotateHandler(services)(
        { Step: "createSecret", SecretId: "aurora-users/orders/sl_sync", ClientRequestToken: "v1" },
        context,
      ),
  };
}

describe("functions whose own roles reach no cluster", () => {
  it("count a run whose registry entry cannot be read as failed", async () => {
    const { emitted, enforce } = start(UNREADABLE);
    await expect(enforce()).rejects.toThrow("RegistryUnusable");
    expect(emitted).toEqual([expect.objectContaining({ cluster: "orders", Failures: 1 })]);
  });

  it("have nothing to do for a cluster that no stack declares, and make no metrics of its name", async () => {
    const gone = { cluster: "orders", released: "2026-12-31T00:00:00Z" };
    for (const listed of [[], [{ cluster: "billing" }], [gone]]) {
      const { emitted, enforce } = start(UNREGISTERED, listed);
      expect(await enforce()).toMatchObject({ outcome: "idle", message: "nothing is managed here yet" });
      expect(emitted).toEqual([]);
    }
  });

  it("fail for a managed cluster whose registry entry is gone", async () => {
    const { emitted, enforce } = start(UNREGISTERED, [{ cluster: "orders" }]);
    await expect(enforce()).rejects.toThrow("RegistryUnusable");
    expect(emitted).toEqual([expect.objectContaining({ cluster: "orders", Failures: 1 })]);
  });

  it("refuse to rotate a secret of a cluster that no stack declares, and record that", async () => {
    const { recorded, rotate } = start(UNREGISTERED);
    await expect(rotate()).rejects.toThrow("it is of no account of a registered cluster");
    expect(recorded).toEqual([expect.objectContaining({ kind: "refused", cluster: "unknown" })]);
  });

  it("do not refuse it for good while the registry cannot be read", async () => {
    await expect(start(UNREADABLE).rotate()).rejects.toThrow("RegistryUnusable");
  });
});
