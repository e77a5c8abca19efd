import type { Proofs } from "../../../../lambdas/reconciler/store/proofs";
import { memoryKey, silentKey, testProofs } from "../../../support/proofs";

const HEAD = { pk: "orders", sk: "head", revision: 7, target: "a".repeat(64), data: new Uint8Array([1, 2]) };
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
    const proofs = testProofs({ ...silentKey, verify });
    for (let item = 0; item < 5; item++) expect(await proofs.check(proven)).toBe("unknown");
    expect(asked).toBe(1);
  });

  it.each([
    ["a proof of it", (proven: string | undefined) => proven],
    ["no proof", () => undefined],
    ["a proof of something else", () => "A".repeat(43).concat("=")],
  ])("is unknown while the key does not answer, on an item with %s", async (_, proofOf) => {
    const { proof } = await testProofs().prove(HEAD);
    expect(await testProofs(silentKey).check({ ...HEAD, proof: proofOf(proof) })).toBe("unknown");
  });

  it.each([
    ["made", (proofs: Proofs) => proofs.prove(HEAD)],
    ["checked", async (proofs: Proofs) => proofs.check(await testProofs().prove(HEAD))],
  ])("that was %s here is believed for a minute without asking the key", async (_, remember) => {
    const key = memoryKey();
    let isSilent = false;
    const proofs = testProofs({
      make: message => (isSilent ? silentKey : key).make(message),
      verify: (message, proof) => (isSilent ? silentKey : key).verify(message, proof),
    });
    await remember(proofs);
    const item = await testProofs().prove(HEAD);
    isSilent = true;
    expect(await proofs.check(item)).toBeUndefined();
    jest.spyOn(Date, "now").mockReturnValue(Date.now() + 61_000);
    expect(await proofs.check(item)).toBe("unknown");
    jest.restoreAllMocks();
  });

  it("is not needed for events that this container wrote while the key did not answer", async () => {
    const proofs = testProofs(silentKey);
    const written = await proofs.prove(HEAD);
    expect(written.proof).toBeUndefined();
    expect(await proofs.checkUnlessOurs(written)).toBeUndefined();
    expect(await proofs.check(written)).toBe("unknown");
    expect(await proofs.checkUnlessOurs({ ...written, revision: 8 })).toBe("unknown");
  });

  it("asks the key once about many items without a proof, by a check: the preview may make none", async () => {
    let asked = 0;
    const verify = async () => {
      asked += 1;
      return false;
    };
    const proofs = testProofs({ ...silentKey, verify });
    for (let item = 0; item < 5; item++)
      expect(await proofs.check({ ...HEAD, revision: item })).toBe("missing");
    expect(asked).toBe(1);
  });
});
