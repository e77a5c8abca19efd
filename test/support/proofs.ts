import { createHmac } from "node:crypto";
import type { ProofKey } from "../../lambdas/reconciler/aws/proof-key";
import { Proofs } from "../../lambdas/reconciler/store/proofs";
import { silentLog } from "../../lambdas/runtime/log";

/** A key as KMS has it, in memory. */
export const memoryKey = (secret = "key of the tests"): ProofKey => {
  const make = (message: string) => createHmac("sha256", secret).update(message).digest("base64");
  return { make: async message => make(message), verify: async (message, proof) => make(message) === proof };
};

/** A key that does not answer. */
export const silentKey: ProofKey = {
  make: () => Promise.reject(new Error("no answer")),
  verify: () => Promise.reject(new Error("no answer")),
};

export const testProofs = (key = memoryKey()): Proofs => new Proofs(key, silentLog);
