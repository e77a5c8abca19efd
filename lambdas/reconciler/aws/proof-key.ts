import type { KMSClient } from "@aws-sdk/client-kms";
import { errorName } from "../../runtime/errors";
import type { AccessDeniedRetry } from "./access-denied-retry";

/** The key that makes and checks proofs. It never leaves AWS KMS. */
export interface ProofKey {
  /** @throws Error if the key does not answer */
  make(message: string): Promise<string>;
  /** @returns whether the key made this proof of this message @throws Error if the key does not answer */
  verify(message: string, proof: string): Promise<boolean>;
}

type Client = () => Promise<Pick<KMSClient, "send">>;

/** An HMAC key in KMS. @see https://docs.aws.amazon.com/kms/latest/developerguide/hmac.html */
export class KmsProofKey implements ProofKey {
  readonly #client: Client;
  readonly #key: { readonly KeyId: string; readonly MacAlgorithm: "HMAC_SHA_256" };
  readonly #retry: Pick<AccessDeniedRetry, "run">;

  constructor(client: Client, keyArn: string, retry: Pick<AccessDeniedRetry, "run">) {
    this.#client = client;
    this.#key = { KeyId: keyArn, MacAlgorithm: "HMAC_SHA_256" };
    this.#retry = retry;
  }

  async make(message: string): Promise<string> {
    const { GenerateMacCommand } = await import("@aws-sdk/client-kms");
    const client = await this.#client();
    const command = new GenerateMacCommand({ ...this.#key, Message: Buffer.from(message) });
    const { Mac = new Uint8Array() } = await this.#retry.run(() => client.send(command));
    return Buffer.from(Mac).toString("base64");
  }

  async verify(message: string, proof: string): Promise<boolean> {
    const { VerifyMacCommand } = await import("@aws-sdk/client-kms");
    const client = await this.#client();
    const parts = { Message: Buffer.from(message), Mac: Buffer.from(proof, "base64") };
    const command = new VerifyMacCommand({ ...this.#key, ...parts });
    try {
      return (await this.#retry.run(() => client.send(command))).MacValid === true;
    } catch (error) {
      if (errorName(error) === "KMSInvalidMacException") return false;
      throw error;
    }
  }
}
