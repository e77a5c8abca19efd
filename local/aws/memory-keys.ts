import { createHmac, randomBytes, randomUUID, timingSafeEqual } from "node:crypto";
import { Refusal } from "../aws-http/aws-answer";
import { ACCOUNT_ID, REGION } from "../aws-http/identity";

interface Input {
  readonly KeyId?: string;
  readonly Message?: string;
  readonly Mac?: string;
}

/**
 * KMS keys of the kind HMAC_256 in memory, next to `MemoryTables`. Other keys are unknown here.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/hmac.html
 */
export class MemoryKeys {
  readonly #keys = new Map<string, Buffer>();

  /** @throws Refusal, as KMS refuses the request */
  answer(operation: string, body: Buffer): object {
    const { KeyId = "", Mac = "", Message = "" } = JSON.parse(body.toString("utf8")) as Input;
    const MacAlgorithm = "HMAC_SHA_256";
    if (operation === "CreateKey") return { KeyMetadata: this.#create() };
    if (operation === "GenerateMac")
      return { KeyId, MacAlgorithm, Mac: this.#mac(KeyId, Message).toString("base64") };
    if (operation !== "VerifyMac")
      throw new Refusal(400, "UnknownOperationException", `memory-keys does not know ${operation}`);
    const [given, right] = [Buffer.from(Mac, "base64"), this.#mac(KeyId, Message)];
    if (given.length !== right.length || !timingSafeEqual(given, right))
      throw new Refusal(400, "KMSInvalidMacException", "");
    return { KeyId, MacAlgorithm, MacValid: true };
  }

  #create(): object {
    const KeyId = randomUUID();
    const Arn = `arn:aws:kms:${REGION}:${ACCOUNT_ID}:key/${KeyId}`;
    this.#keys.set(Arn, randomBytes(32));
    return { Arn, KeyId, KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" };
  }

  #mac(keyId: string, message: string): Buffer {
    const key = this.#keys.get(keyId);
    if (!key) throw new Refusal(400, "NotFoundException", `Key '${keyId}' does not exist`);
    return createHmac("sha256", key).update(Buffer.from(message, "base64")).digest();
  }
}
