import type { RegistryEntry } from "../../../../core/contract/registry-entry";
import { AccessDeniedRetry } from "../../../../lambdas/reconciler/aws/access-denied-retry";
import type { Registry } from "../../../../lambdas/reconciler/aws/registry";
import type { RunClients } from "../../../../lambdas/reconciler/services/lazy-clients";
import { type RunAs, RunServices } from "../../../../lambdas/reconciler/services/run-services";
import { asRunOf, type Call } from "../../../../lambdas/reconciler/services/services";

const roleOf = (cluster: string, right: string) => `arn:aws:iam::1:role/aurora-users/${cluster}-${right}`;
const entryOf = (cluster: string) => {
  const runRoles = { preview: roleOf(cluster, "preview"), apply: roleOf(cluster, "apply") };
  return { cluster, runRoles } as RegistryEntry;
};

function start(right: "preview" | "apply") {
  let made = 0;
  const assumed: string[] = [];
  const make = ({ credentials }: RunAs) => ({ made: ++made, credentials }) as never;
  const runs = new RunServices(right, new AccessDeniedRetry(), make, async ({ RoleArn = "" }) => {
    assumed.push(RoleArn);
    const Credentials = {
      AccessKeyId: RoleArn,
      SecretAccessKey: "s",
      SessionToken: "t",
      Expiration: undefined,
    };
    return { $metadata: {}, Credentials };
  });
  const registry = { entry: async (name: string) => ({ cluster: name }) } as unknown as Registry;
  const of = (entry: RegistryEntry) =>
    runs.of(entry, registry) as { made?: number; registry?: Registry } & RunClients;
  return { of, assumed };
}

describe("the services of a run", () => {
  it.each(["preview", "apply"] as const)(
    "have the %s role's credentials of their own cluster",
    async right => {
      const { of, assumed } = start(right);
      const orders = of(entryOf("orders"));
      const billing = of(entryOf("billing"));
      expect(await orders.credentials!()).toMatchObject({ accessKeyId: roleOf("orders", right) });
      expect(await billing.credentials!()).toMatchObject({ accessKeyId: roleOf("billing", right) });
      expect(of(entryOf("orders")).made).toBe(orders.made);
      await of(entryOf("orders")).credentials!();
      expect(assumed).toEqual([roleOf("orders", right), roleOf("billing", right)]);
    },
  );

  it("never use the credentials that another cluster's run has, even if the entry names its role", () => {
    const { of } = start("apply");
    const orders = of(entryOf("orders"));
    const thief = of({ ...entryOf("orders"), cluster: "thief" });
    expect(thief.made).not.toBe(orders.made);
  });

  it("stay the function's own for an entry of an earlier release", () => {
    const { of } = start("apply");
    expect(of({ cluster: "orders" } as RegistryEntry)).toEqual({});
  });

  it("know the entry of their cluster, and read those of others", async () => {
    const { of } = start("apply");
    const { registry } = of(entryOf("orders"));
    expect(await registry!.entry("orders")).toEqual(entryOf("orders"));
    expect(await registry!.entry("billing")).toEqual({ cluster: "billing" });
  });

  it("are kept for 20 clusters, those that were used last", () => {
    const { of } = start("apply");
    for (let index = 0; index < 20; index++) of(entryOf(`c${index}`));
    expect(of(entryOf("c0")).made).toBe(1);
    of(entryOf("c20"));
    expect(of(entryOf("c0")).made).toBe(1);
    expect(of(entryOf("c1")).made).toBe(22);
  });

  it("take the place of the call's own", async () => {
    const services = { ledger: "own", audit: "own", forCluster: async () => ({ ledger: "run" }) };
    const call = await asRunOf("orders", { services } as unknown as Call);
    expect(call.services).toMatchObject({ ledger: "run", audit: "own" });
  });
});
