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
