import { parseRegistryEntry } from "../../../../lambdas/reconciler/aws/registry";

it("an error names what is missing in the registry", () => {
  expect(() => parseRegistryEntry("orders", "/p/orders", "{}")).toThrow(
    /protocol.*Deploy the cluster's stack again/s,
  );
  expect(() => parseRegistryEntry("orders", "/p/orders", "{")).toThrow(/is not JSON/);
});
