import { enforceHandler } from "../../../../lambdas/reconciler/handlers/handlers";
import { CredentialsError, RegistryError } from "../../../../lambdas/reconciler/runtime/errors";
import type { Services } from "../../../../lambdas/reconciler/services/services";
import { silentLog } from "../../../../lambdas/runtime/log";

const PARAMETER = "/sources/shop";
const FAILURES: Readonly<Record<string, Error>> = {
  orders: new RegistryError("orders: the registry entry cannot be read."),
  payments: new CredentialsError("payments: the secret cannot be read."),
};

/** Services of clusters that all have the parameter as a source. Those in FAILURES fail at the ledger. */
const servicesOf = (clusters: readonly string[]) =>
  ({
    registry: {
      has: async () => true,
      entries: async () => clusters.map(cluster => ({ cluster, sources: [{ parameter: PARAMETER }] })),
    },
    ledger: {
      head: async (cluster: string) => {
        if (FAILURES[cluster]) throw FAILURES[cluster];
        return { revision: 0 };
      },
    },
    enforcement: { read: async () => ({}), replace: async () => true },
    outbox: { items: () => [], send: async () => 0 },
    audit: { append: async () => undefined },
    accessDeniedRetry: { begin: () => {}, end: () => {} },
    metrics: { emit: () => {} },
    log: silentLog,
    now: () => new Date("2027-01-01T00:00:00Z"),
    randomId: () => "1a2b3c4d",
  }) as unknown as Services;

const change = {
  source: "aws.ssm",
  "detail-type": "Parameter Store Change",
  detail: { name: PARAMETER, operation: "Update" },
};
const batch = { Records: [{ eventSource: "aws:sqs", messageId: "1", body: JSON.stringify(change) }] };
const run = (clusters: readonly string[]) =>
  enforceHandler(servicesOf(clusters))(batch, { getRemainingTimeInMillis: () => 60_000 } as never);

describe("a change of a parameter that is the source of several clusters", () => {
  it("reports the failure of every cluster that failed, after every cluster was tried", async () => {
    await expect(run(["payments", "idle", "orders"])).rejects.toMatchObject({
      name: "RegistryUnusable",
      message:
        "RegistryUnusable: 2 clusters failed. " +
        "RegistryUnusable: orders: the registry entry cannot be read. " +
        "CredentialsUnusable: payments: the secret cannot be read.",
    });
  });

  it("reports the failure of one cluster as that cluster's own", async () => {
    await expect(run(["payments", "idle"])).rejects.toMatchObject({
      name: "CredentialsUnusable",
      message: "CredentialsUnusable: payments: the secret cannot be read.",
    });
  });

  it("answers for every cluster if none failed", async () => {
    expect(await run(["idle"])).toMatchObject([{ cluster: "idle", outcome: "idle" }]);
  });
});
