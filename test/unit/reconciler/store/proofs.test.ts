import type { ProofKey } from "../../../../lambdas/reconciler/aws/proof-key";
import { memoryKey, testProofs } from "../../../support/proofs";

const HEAD = { pk: "orders", sk: "head", revision: 7, target: "a".repeat(64), data: new Uint8Array([1, 2]) };
const silent: ProofKey = {
  make: () => Promise.reject(new Error("no answer")),
  verify: () => Promise.reject(new Error("no answer")),
};

describe("a proof", () => {
  it.each([
    ["the cluster", { pk: "payments" }],
    ["the item", { sk: "source#shop/prod" }],
    ["the version", { revision: 6 }],
    ["the pointer", { target: "b".repeat(64) }],
    ["an attribute that is new", { applied: "a".repeat(64) }],
    ["bytes", { data: new Uint8Array([1, 3]) }],
  ])("is worth nothing on an item with another value: %s", async (_, change) => {
    const proven = await testProofs().prove(HEAD);
    expect(await testProofs().check(proven)).toBeUndefined();
    expect(await testProofs().check({ ...proven, ...change })).toBe("invalid");
  });

  it.each([
    ["missing", undefined],
    ["invalid", ""],
    ["invalid", "none"],
    ["invalid", 7],
    ["invalid", "A".repeat(100_000)],
  ])("is %s if it is %j", async (why, proof) => {
    expect(await testProofs().check({ ...HEAD, proof })).toBe(why);
  });

  it("by another key is invalid", async () => {
    const proven = await testProofs(memoryKey("mallory")).prove(HEAD);
    expect(await testProofs().check(proven)).toBe("invalid");
  });

  it("is unknown while the key does not answer, and the key is then asked once", async () => {
    const proven = await testProofs().prove(HEAD);
    let asked = 0;
    const verify = () => {
      asked += 1;
      return Promise.reject(new Error("no answer"));
    };
    const proofs = testProofs({ ...silent, verify });
    for (let item = 0; item < 5; item++) expect(await proofs.check(proven)).toBe("unknown");
    expect(asked).toBe(1);
  });

  it("is not needed for an item that this container wrote, also while the key does not answer", async () => {
    const proofs = testProofs(silent);
    const written = await proofs.prove(HEAD);
    expect(written.proof).toBeUndefined();
    expect(await proofs.check(written)).toBeUndefined();
    expect(await proofs.check({ ...written, revision: 8 })).toBe("missing");
  });
});
