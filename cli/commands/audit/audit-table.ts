import type { AttributeValue, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type AuditAttributes, type ChainHead, HEAD_KEY, positionKey } from "../../../core/audit";
import { byCodeUnit } from "../../../core/json";
import { askAws } from "../../terminal/aws-problem";
import { plainItem } from "./plain-item";

type Sdk = typeof import("@aws-sdk/client-dynamodb");
type Key = Record<string, AttributeValue>;

/** The audit trail's table, as who may read it sees it. All reads are strongly consistent. */
export class AuditTable {
  private constructor(
    private readonly sdk: Sdk,
    private readonly client: DynamoDBClient,
    private readonly name: string,
  ) {}

  /** @param region where the surroundings name none, or another */
  static async open(name: string, region: string | undefined): Promise<AuditTable> {
    // Loaded only here: the other commands start without the SDK.
    const sdk = await import("@aws-sdk/client-dynamodb");
    return new AuditTable(sdk, new sdk.DynamoDBClient(region === undefined ? {} : { region }), name);
  }

  close(): void {
    this.client.destroy();
  }

  /**
   * The names of all chains, in order. The whole table is gone through: DynamoDB has no list of partitions.
   * @param evenWithoutHead chains of which the head is gone too; more is sent over the line for it
   */
  async chains({ evenWithoutHead = false } = {}): Promise<string[]> {
    const names = new Set<string>();
    const only = { FilterExpression: "sk = :head", ExpressionAttributeValues: { ":head": { S: HEAD_KEY } } };
    let start: Key | undefined;
    do {
      const input = {
        TableName: this.name,
        ProjectionExpression: "pk",
        ConsistentRead: true,
        ...(evenWithoutHead ? {} : only),
      };
      const command = new this.sdk.ScanCommand({ ...input, ...(start ? { ExclusiveStartKey: start } : {}) });
      const page = await askAws(this.#call("Scan"), () => this.client.send(command));
      for (const item of page.Items ?? []) names.add(String(plainItem(item)["pk"]));
      start = page.LastEvaluatedKey;
    } while (start);
    return [...names].sort(byCodeUnit);
  }

  /** A chain's items behind a position, page by page, the head left out. */
  async *itemsAfter(chain: string, seq: number): AsyncGenerator<AuditAttributes[]> {
    for await (const page of this.#query(chain, {
      from: seq > 0 ? positionKey(seq + 1) : undefined,
      forward: true,
    }))
      yield page;
  }

  /**
   * A chain's items in order, from about a moment on: items are read from the end, until they are an hour older than that, since
   * no two containers' clocks are the same.
   */
  async itemsSince(chain: string, since: Date): Promise<AuditAttributes[]> {
    const oldest = new Date(since.getTime() - 3_600_000).toISOString();
    const pages: AuditAttributes[][] = [];
    for await (const page of this.#query(chain, { from: undefined, forward: false })) {
      pages.push(page);
      if (page.some(({ when }) => typeof when === "string" && when < oldest)) break;
    }
    return pages.flat().reverse();
  }

  /** A chain's head; undefined where there is none, or nothing that could be one. */
  async head(chain: string): Promise<ChainHead | undefined> {
    const condition = { KeyConditionExpression: "pk = :pk AND sk = :head", ConsistentRead: true };
    const values = { ":pk": { S: chain }, ":head": { S: HEAD_KEY } };
    const command = new this.sdk.QueryCommand({
      TableName: this.name,
      ...condition,
      ExpressionAttributeValues: values,
    });
    const { Items: [item] = [] } = await askAws(this.#call("Query"), () => this.client.send(command));
    const { seq, hash } = item ? plainItem(item) : {};
    return typeof seq === "number" && typeof hash === "string" ? { seq, hash } : undefined;
  }

  async *#query(
    chain: string,
    { from, forward }: { from: string | undefined; forward: boolean },
  ): AsyncGenerator<AuditAttributes[]> {
    let start: Key | undefined;
    do {
      const command = new this.sdk.QueryCommand({
        TableName: this.name,
        KeyConditionExpression: from === undefined ? "pk = :pk" : "pk = :pk AND sk >= :from",
        ExpressionAttributeValues: {
          ":pk": { S: chain },
          ...(from === undefined ? {} : { ":from": { S: from } }),
        },
        ConsistentRead: true,
        ScanIndexForward: forward,
        ...(start ? { ExclusiveStartKey: start } : {}),
      });
      const page = await askAws(this.#call("Query"), () => this.client.send(command));
      yield (page.Items ?? []).map(plainItem).filter(({ sk }) => sk !== HEAD_KEY);
      start = page.LastEvaluatedKey;
    } while (start);
  }

  #call(operation: string) {
    return { what: `the table ${this.name}`, permission: `dynamodb:${operation}` };
  }
}
