import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import type { AccessDeniedRetry } from "../aws/access-denied-retry";
import { fromAttributes, toAttributes } from "./attribute-value";
import type { Item, ItemStore, Put } from "./item-store";

/** Ledger and audit trail as DynamoDB tables. */
export class DynamoDbItemStore implements ItemStore {
  constructor(
    private readonly client: Pick<DynamoDBClient, "send">,
    private readonly patience: AccessDeniedRetry,
  ) {}

  async get(table: string, pk: string, sk: string): Promise<Item | undefined> {
    const command = new GetItemCommand({ TableName: table, Key: key(pk, sk), ConsistentRead: true });
    const { Item: found } = await this.patience.run(() => this.client.send(command));
    return found && (fromAttributes(found) as Item);
  }

  async list(table: string, pk: string, prefix: string): Promise<Item[]> {
    const items: Item[] = [];
    let start: Record<string, AttributeValue> | undefined;
    do {
      const command: QueryCommand = new QueryCommand({
        TableName: table,
        KeyConditionExpression: prefix === "" ? "pk = :pk" : "pk = :pk AND begins_with(sk, :sk)",
        ExpressionAttributeValues: { ":pk": { S: pk }, ...(prefix === "" ? {} : { ":sk": { S: prefix } }) },
        ConsistentRead: true,
        ...(start ? { ExclusiveStartKey: start } : {}),
      });
      const page = await this.patience.run(() => this.client.send(command));
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
    const command =
      only && inputs.length === 1
        ? () => this.client.send(new PutItemCommand(only))
        : () =>
            this.client.send(new TransactWriteItemsCommand({ TransactItems: inputs.map(Put => ({ Put })) }));
    try {
      await this.patience.run<unknown>(command);
      return true;
    } catch (error) {
      if (isConflict(error)) return false;
      throw error;
    }
  }

  async remove(table: string, pk: string, sk: string): Promise<void> {
    await this.client.send(new DeleteItemCommand({ TableName: table, Key: key(pk, sk) }));
  }
}

const key = (pk: string, sk: string): Record<string, AttributeValue> => ({ pk: { S: pk }, sk: { S: sk } });

function when(condition: Put["condition"]) {
  if (condition === undefined) return {};
  if (condition === "absent") return { ConditionExpression: "attribute_not_exists(pk)" };
  return {
    ConditionExpression: "#attribute = :value",
    ExpressionAttributeNames: { "#attribute": condition.attribute },
    ExpressionAttributeValues: toAttributes({ ":value": condition.equals }),
  };
}

function isConflict(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === "ConditionalCheckFailedException" || error.name === "TransactionConflictException")
    return true;
  if (error.name !== "TransactionCanceledException") return false;
  const reasons = (error as { CancellationReasons?: { Code?: string }[] }).CancellationReasons ?? [];
  const codes = reasons.map(reason => reason.Code ?? "None").filter(code => code !== "None");
  return (
    codes.length > 0 &&
    codes.every(code => code === "ConditionalCheckFailed" || code === "TransactionConflict")
  );
}
