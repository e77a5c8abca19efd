import type { AttributeValue, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { type AuditAttributes, type ChainHead, HEAD_KEY, positionKey } from "../../../core/audit";
import { byCodeUnit, defined } from "../../../core/json";
import { askAws, assertRegion } from "../../terminal/aws-problem";

type Sdk = typeof import("@aws-sdk/client-dynamodb");
type Key = Record<string, AttributeValue>;

/** Reads the audit trail's table. All reads are strongly consistent. */
export class AuditTable {
  readonly #sdk: Sdk;
  readonly #client: DynamoDBClient;
  readonly #name: string;

  private constructor(sdk: Sdk, client: DynamoDBClient, name: string) {
    this.#sdk = sdk;
    this.#client = client;
    this.#name = name;
  }

  /** @param region undefined: the region of the environment or the AWS profile */
  static async open(name: string, region: string | undefined): Promise<AuditTable> {
    // Loaded here only, so that other commands start without the SDK.
    const sdk = await import("@aws-sdk/client-dynamodb");
    const client = new sdk.DynamoDBClient(defined({ region }));
    await assertRegion(client);
    return new AuditTable(sdk, client, name);
  }

  close(): void {
    this.#client.destroy();
  }

  /**
   * The names of all chains, in order. Scans the whole table: DynamoDB has no list of partitions.
   * @param evenWithoutHead also finds chains whose head is gone, and transfers more for it
   */
  async chains({ evenWithoutHead = false } = {}): Promise<string[]> {
    const names = new Set<string>();
    const only = { FilterExpression: "sk = :head", ExpressionAttributeValues: { ":head": { S: HEAD_KEY } } };
    let start: Key | undefined;
    do {
      const command = new this.#sdk.ScanCommand({
        TableName: this.#name,
        ProjectionExpression: "pk",
        ConsistentRead: true,
        ...(evenWithoutHead ? undefined : only),
        ...defined({ ExclusiveStartKey: start }),
      });
      const page = await askAws(this.#call("Scan"), () => this.#client.send(command));
      for (const item of page.Items ?? []) names.add(String(attributesOf(item)["pk"]));
      start = page.LastEvaluatedKey;
    } while (start);
    return [...names].sort(byCodeUnit);
  }

  /** Whether a chain has neither items nor a head. */
  async isEmpty(chain: string): Promise<boolean> {
    const command = new this.#sdk.QueryCommand({
      TableName: this.#name,
      KeyConditionExpression: "pk = :pk",
      ConsistentRead: true,
      ExpressionAttributeValues: { ":pk": { S: chain } },
      Limit: 1,
    });
    const { Items = [] } = await askAws(this.#call("Query"), () => this.#client.send(command));
    return Items.length === 0;
  }

  /** A chain's items after a position, page by page, without the head. */
  async *itemsAfter(chain: string, seq: number): AsyncGenerator<AuditAttributes[]> {
    const from = seq > 0 ? positionKey(seq + 1) : undefined;
    for await (const page of this.#query(chain, { from, forward: true })) yield page;
  }

  /**
   * A chain's items in order, from about a moment on. Reads from the end until the items are an hour older
   * than the moment, since the clocks of the writers differ.
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

  /** A chain's head; undefined if there is none, or if it does not have the form of one. */
  async head(chain: string): Promise<ChainHead | undefined> {
    const command = new this.#sdk.QueryCommand({
      TableName: this.#name,
      KeyConditionExpression: "pk = :pk AND sk = :head",
      ConsistentRead: true,
      ExpressionAttributeValues: { ":pk": { S: chain }, ":head": { S: HEAD_KEY } },
    });
    const { Items: [item] = [] } = await askAws(this.#call("Query"), () => this.#client.send(command));
    const { seq, hash } = item ? attributesOf(item) : {};
    return typeof seq === "number" && typeof hash === "string" ? { seq, hash } : undefined;
  }

  async *#query(
    chain: string,
    { from, forward }: { from: string | undefined; forward: boolean },
  ): AsyncGenerator<AuditAttributes[]> {
    let start: Key | undefined;
    do {
      const command = new this.#sdk.QueryCommand({
        TableName: this.#name,
        KeyConditionExpression: from === undefined ? "pk = :pk" : "pk = :pk AND sk >= :from",
        ExpressionAttributeValues: {
          ":pk": { S: chain },
          ...defined({ ":from": from === undefined ? undefined : { S: from } }),
        },
        ConsistentRead: true,
        ScanIndexForward: forward,
        ...defined({ ExclusiveStartKey: start }),
      });
      const page = await askAws(this.#call("Query"), () => this.#client.send(command));
      yield (page.Items ?? []).map(attributesOf).filter(({ sk }) => sk !== HEAD_KEY);
      start = page.LastEvaluatedKey;
    } while (start);
  }

  #call(operation: string) {
    return { what: `the table ${this.#name}`, permission: `dynamodb:${operation}` };
  }
}

/** What a chain needs of an item that cannot be read as JSON. */
const LINKS = ["pk", "sk", "prevHash", "hash"];

/**
 * An item as JSON. Bytes and sets, which no audit item holds, become values that no audit item holds either,
 * so that the item's hash does not match. Numbers may lose precision, as all numbers of JavaScript do.
 */
function attributesOf(item: Key): AuditAttributes {
  // `unmarshall` would make this attribute the object's prototype, and the hash would still match.
  let isForged = false;
  JSON.stringify(item, (name, value) => {
    isForged ||= name === "__proto__";
    return value;
  });
  const links = Object.entries(item).filter(([name]) => LINKS.includes(name));
  return unmarshall(isForged ? Object.fromEntries(links) : item, { wrapNumbers: Number }) as AuditAttributes;
}
