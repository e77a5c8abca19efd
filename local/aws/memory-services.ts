import type { ServerResponse } from "node:http";
import { answerError, answerJson, Refusal } from "../aws-http/aws-answer";
import type { AwsRequest } from "../aws-http/aws-request";
import { MemoryKeys } from "./memory-keys";
import { Cancelled, MemoryTables } from "./memory-tables";

/** DynamoDB and KMS in memory, for requests that moto then does not get. */
export class MemoryServices {
  readonly tables = new MemoryTables();
  readonly #services = new Map<string, MemoryTables | MemoryKeys>([
    ["dynamodb", this.tables],
    ["kms", new MemoryKeys()],
  ]);

  /** @returns `false` for a request to another service */
  answer({ operation, service }: AwsRequest, body: Buffer, response: ServerResponse | undefined): boolean {
    const memory = this.#services.get(service);
    if (!memory) return false;
    try {
      answerJson(response, 200, memory.answer(operation, body));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error instanceof Cancelled) answerJson(response, error.status, error.answer);
      else answerError(response, error.status, error.type, error.message);
    }
    return true;
  }
}
