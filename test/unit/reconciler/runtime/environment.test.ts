import { readEnvironment } from "../../../../lambdas/reconciler/runtime/environment";

it("an error names what is missing in the environment", () => {
  expect(() => readEnvironment({ LEDGER_TABLE: "l" })).toThrow(/REGISTRY_PATH, AUDIT_TABLE/);
});
