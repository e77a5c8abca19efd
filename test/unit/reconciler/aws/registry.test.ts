import { AccessDeniedRetry } from "../../../../lambdas/reconciler/aws/access-denied-retry";
import { ParameterRegistry, parseRegistryEntry } from "../../../../lambdas/reconciler/aws/registry";

it("an error names what is missing in the registry", () => {
  expect(() => parseRegistryEntry("orders", "/p/orders", "{}")).toThrow(
    /protocol.*Deploy the cluster's stack again/s,
  );
  expect(() => parseRegistryEntry("orders", "/p/orders", "{")).toThrow(/is not JSON/);
});

describe("the parameter that a destroy deletes first", () => {
  const failing = (name: string) => async () => {
    throw Object.assign(new Error("no"), { name });
  };
  const registry = (send: () => Promise<unknown>) =>
    new ParameterRegistry({ send } as never, "/p", new AccessDeniedRetry());

  it("is named if it is there", async () => {
    expect(await registry(async () => ({ Parameter: {} })).removalParameter("orders")).toBe(
      "/p/orders/removal",
    );
  });

  it("is missing only if Parameter Store says so", async () => {
    expect(await registry(failing("ParameterNotFound")).removalParameter("orders")).toBeUndefined();
    for (const name of ["AccessDeniedException", "ThrottlingException", "InternalServerError"])
      await expect(registry(failing(name)).removalParameter("orders")).rejects.toThrow(
        /orders: the parameter \/p\/orders\/removal could not be read/,
      );
  });
});

describe("a registry that needs run roles", () => {
  const entryWith = (runRoles?: object) => ({
    protocol: 1,
    cluster: "orders",
    engine: "mysql",
    host: "h",
    port: 3306,
    resourceId: "cluster-A",
    region: "eu-west-1",
    credentials: { iamUser: "admin" },
    prefix: "sl",
    ceiling: { privileges: ["SELECT"] },
    unmanaged: "report",
    definers: "block",
    runRoles,
  });
  const registry = (value: object, needsRunRoles: boolean) => {
    const send = async () => ({ Parameter: { Value: JSON.stringify(value) } });
    return new ParameterRegistry({ send } as never, "/p", new AccessDeniedRetry(), { needsRunRoles });
  };
  const runRoles = { preview: "arn:aws:iam::1:role/p", apply: "arn:aws:iam::1:role/a" };

  it("takes an entry that names them, and refuses one of an earlier release by its name", async () => {
    expect(await registry(entryWith(runRoles), true).entry("orders")).toMatchObject({ runRoles });
    await expect(registry(entryWith(), true).entry("orders")).rejects.toThrow(
      /^orders: its registry entry \/p\/orders names no run roles.*Deploy the cluster's stack again/,
    );
    expect(await registry(entryWith(), false).entry("orders")).not.toHaveProperty("runRoles");
  });
});
