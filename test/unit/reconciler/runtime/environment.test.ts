import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readEnvironment } from "../../../../lambdas/reconciler/runtime/environment";

it("an error names what is missing in the environment", () => {
  expect(() => readEnvironment({ LEDGER_TABLE: "l" })).toThrow(/REGISTRY_PATH, AUDIT_TABLE/);
});

it("partitions about persons are the reconciler's own where the ledger is that of another account", () => {
  const persons = (LEDGER_TABLE: string) =>
    readEnvironment({
      REGISTRY_PATH: "/shop",
      LEDGER_TABLE,
      AUDIT_TABLE: "a",
      PROOF_KEY: "k",
      SERVICE_NAME: "shop",
    }).persons;
  expect(persons("l")).toMatchObject({ offboarded: "#offboarded" });
  expect(persons("l").reconciler).toBeUndefined();
  expect(persons("arn:aws:dynamodb:eu-west-1:111122223333:table/l")).toEqual({
    reconciler: "shop",
    offboarded: "#offboarded#shop",
    directory: "#directory#shop",
    audit: "#offboarding#shop",
  });
});

describe("the certificates", () => {
  const variables = { REGISTRY_PATH: "/aurora-users", LEDGER_TABLE: "l", AUDIT_TABLE: "a", PROOF_KEY: "arn" };
  const folder = mkdtempSync(join(tmpdir(), "certificates-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("are those that ship, a text, or a file of any size", () => {
    const file = join(folder, "ca-bundle.pem");
    const text = "x".repeat(200_000);
    writeFileSync(file, text);
    expect(readEnvironment(variables).caBundle).toBeUndefined();
    expect(readEnvironment({ ...variables, CA_BUNDLE: "PEM" }).caBundle).toBe("PEM");
    expect(readEnvironment({ ...variables, CA_BUNDLE_FILE: file }).caBundle).toBe(text);
  });

  it("are never the shipped ones in place of a file that cannot be read", () => {
    for (const file of ["ca-bundle.pem", folder, join(folder, "none.pem")])
      expect(() => readEnvironment({ ...variables, CA_BUNDLE_FILE: file })).toThrow(
        `the file of CA_BUNDLE_FILE cannot be read: ${file}. Deploy the Reconciler construct again`,
      );
  });
});
