import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { pause } from "./deadline";
import { fromAttributes, toAttributes } from "./item-attributes";
import { type Item, type ItemStore, type Put, TooManyItemsError } from "./item-store";

/** Calls an AWS service, and may repeat the call. */
export interface Retry {
  run<T>(call: () => Promise<T>): Promise<T>;
}

/** Items in DynamoDB tables. */
export class DynamoDbItemStore implements ItemStore {
  readonly #client: Pick<DynamoDBClient, "send">;
  readonly #retry: Retry;
  readonly #pause: (ms: number) => Promise<void>;

  /**
   * @param retry for reads and writes, in addition to the client's own; by default none
   * @param wait tests hand in their own
   */
  constructor(
    client: Pick<DynamoDBClient, "send">,
    retry: Retry = { run: call => call() },
    wait: (ms: number) => Promise<void> = pause,
  ) {
    this.#client = client;
    this.#retry = retry;
    this.#pause = wait;
  }

  async get(table: string, pk: string, sk: string): Promise<Item | undefined> {
    const command = new GetItemCommand({ TableName: table, Key: key(pk, sk), ConsistentRead: true });
    const { Item: found } = await this.#retry.run(() => this.#client.send(command));
    return found && (fromAttributes(found) as Item);
  }

  async list(table: string, pk: string, prefix: string, mostPages = Infinity): Promise<Item[]> {
    const items: Item[] = [];
    const values = prefix === "" ? { ":pk": pk } : { ":pk": pk, ":sk": prefix };
    let start: Record<string, AttributeValue> | undefined;
    for (let pages = 0; pages === 0 || start; pages++) {
      if (pages === mostPages) throw new TooManyItemsError(pk, mostPages);
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
    }
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
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#retry.run<unknown>(send);
        return true;
      } catch (error) {
        if (isConflict(error)) return false;
        if (!isThrottled(error) || attempt === MAX_ATTEMPTS) throw error;
      }
      // The client repeats what is throttled by itself, but not a transaction that was cancelled for it.
      await this.#pause(2 ** attempt * 50 * (1 + Math.random()));
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

/** How often a transaction is tried that DynamoDB throttles: for about three seconds. */
const MAX_ATTEMPTS = 6;
const CONFLICTS = new Set(["ConditionalCheckFailedException", "TransactionConflictException"]);
const FAILED_CONDITION = "ConditionalCheckFailed";
const COLLISION = "TransactionConflict";
/** @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html */
const THROTTLED = new Set(["ThrottlingError", "ProvisionedThroughputExceeded", "RequestLimitExceeded"]);

/** Why each write of a transaction was cancelled, without those that alone would have succeeded. */
function cancellations(error: unknown): string[] {
  if (!(error instanceof Error) || error.name !== "TransactionCanceledException") return [];
  const { CancellationReasons = [] } = error as { CancellationReasons?: { Code?: string }[] };
  return CancellationReasons.map(({ Code = "None" }) => Code).filter(code => code !== "None");
}

/** Whether a condition did not hold, or another write interfered. A condition that fails decides alone. */
function isConflict(error: unknown): boolean {
  if (error instanceof Error && CONFLICTS.has(error.name)) return true;
  const codes = cancellations(error);
  return codes.includes(FAILED_CONDITION) || (codes.length > 0 && codes.every(code => code === COLLISION));
}

/** Whether the same transaction may succeed a moment later. */
function isThrottled(error: unknown): boolean {
  const codes = cancellations(error);
  return codes.length > 0 && codes.every(code => THROTTLED.has(code) || code === COLLISION);
}
