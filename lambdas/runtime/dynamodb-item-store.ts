import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { fromAttributes, toAttributes } from "./item-attributes";
import type { Item, ItemStore, Put } from "./item-store";

/** Calls an AWS service, and may repeat the call. */
export interface Retry {
  run<T>(call: () => Promise<T>): Promise<T>;
}

/** Items in DynamoDB tables. */
export class DynamoDbItemStore implements ItemStore {
  readonly #client: Pick<DynamoDBClient, "send">;
  readonly #retry: Retry;

  /** @param retry for reads and writes, in addition to the client's own; by default none */
  constructor(client: Pick<DynamoDBClient, "send">, retry: Retry = { run: call => call() }) {
    this.#client = client;
    this.#retry = retry;
  }

  async get(table: string, pk: string, sk: string): Promise<Item | undefined> {
    const command = new GetItemCommand({ TableName: table, Key: key(pk, sk), ConsistentRead: true });
    const { Item: found } = await this.#retry.run(() => this.#client.send(command));
    return found && (fromAttributes(found) as Item);
  }

  async list(table: string, pk: string, prefix: string): Promise<Item[]> {
    const items: Item[] = [];
    const values = prefix === "" ? { ":pk": pk } : { ":pk": pk, ":sk": prefix };
    let start: Record<string, AttributeValue> | undefined;
    do {
      const command: QueryCommand = new QueryCommand({
        TableName: table,
        KeyConditionExpression: prefix === "" ? "pk = :pk" : "pk = :pk AND begins_with(sk, :sk)",
        ExpressionAttributeValues: toAttributes(values),
        ConsistentRead: true,
        ExclusiveStartKey: start,
      });
      const page = await this.#retry.run(() => this.#client.send(command));
      items.push(...(page.Items ?? []).map(item => fromAttributes(item) as Item));
      start = page.LastEvaluatedKey;
    } while (start);
    return items;
  }

  async put(...puts: readonly Put[]): Promise<boolean> {
    const inputs = puts.map(({ table, item, condition }) => ({
      TableName: table,
      Item: toAttributes(item),
      ...when(condition),
    }));
    const [only] = inputs;
    const send =
      only && inputs.length === 1
        ? () => this.#client.send(new PutItemCommand(only))
        : () =>
            this.#client.send(new TransactWriteItemsCommand({ TransactItems: inputs.map(Put => ({ Put })) }));
    try {
      await this.#retry.run<unknown>(send);
      return true;
    } catch (error) {
      if (isConflict(error)) return false;
      throw error;
    }
  }

  async remove(table: string, pk: string, sk: string): Promise<void> {
    await this.#client.send(new DeleteItemCommand({ TableName: table, Key: key(pk, sk) }));
  }
}

const key = (pk: string, sk: string): Record<string, AttributeValue> => toAttributes({ pk, sk });

function when(condition: Put["condition"]) {
  if (condition === undefined) return {};
  if (condition === "absent") return { ConditionExpression: "attribute_not_exists(pk)" };
  return {
    ConditionExpression: "#attribute = :value",
    ExpressionAttributeNames: { "#attribute": condition.attribute },
    ExpressionAttributeValues: toAttributes({ ":value": condition.equals }),
  };
}

const CONFLICTS = new Set(["ConditionalCheckFailedException", "TransactionConflictException"]);
const CONFLICT_REASONS = new Set(["ConditionalCheckFailed", "TransactionConflict"]);

function isConflict(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (CONFLICTS.has(error.name)) return true;
  if (error.name !== "TransactionCanceledException") return false;
  const { CancellationReasons = [] } = error as { CancellationReasons?: { Code?: string }[] };
  const codes = CancellationReasons.map(({ Code = "None" }) => Code).filter(code => code !== "None");
  return codes.length > 0 && codes.every(code => CONFLICT_REASONS.has(code));
}
