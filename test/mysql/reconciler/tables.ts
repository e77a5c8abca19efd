import {
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  paginateQuery,
  paginateScan,
  type QueryCommandOutput,
  type ScanCommandOutput,
} from "@aws-sdk/client-dynamodb";
import type { Json } from "../../../core/json";
import { fromAttributes, toAttributes } from "../../../lambdas/runtime/item-attributes";
import { createTable } from "../../support/create-table";

export const LEDGER = "ledger";
export const AUDIT = "audit";

export type Item = Record<string, Json | Uint8Array>;

/** The reconciler's tables, as someone with every right sees them. */
export class Tables {
  readonly #dynamodb = new DynamoDBClient({});

  async create(): Promise<void> {
    for (const table of [LEDGER, AUDIT]) await createTable(this.#dynamodb, table);
  }

  async put(TableName: string, item: Item): Promise<void> {
    await this.#dynamodb.send(new PutItemCommand({ TableName, Item: toAttributes(item) }));
  }

  async delete(TableName: string, { pk, sk }: Item): Promise<void> {
    await this.#dynamodb.send(new DeleteItemCommand({ TableName, Key: toAttributes({ pk: pk!, sk: sk! }) }));
  }

  /** All items of a partition, in order. */
  async items(TableName: string, pk: string): Promise<Item[]> {
    const query = {
      TableName,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": { S: pk } },
    };
    return all(paginateQuery({ client: this.#dynamodb }, query));
  }

  async everything(TableName: string): Promise<Item[]> {
    return all(paginateScan({ client: this.#dynamodb }, { TableName }));
  }
}

/** The items of all pages. */
async function all(pages: AsyncIterable<QueryCommandOutput | ScanCommandOutput>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const { Items = [] } of pages) items.push(...Items.map(fromAttributes));
  return items;
}
