import { Refusal } from "../aws-http/aws-answer";

/** An attribute as DynamoDB's protocol writes it: `{ "S": "text" }`. */
type Attribute = Readonly<Record<string, unknown>>;
type Attributes = Readonly<Record<string, Attribute>>;

/** What of a request counts here. The functions and the tests use no more of DynamoDB than this. */
interface Input {
  readonly TableName: string;
  readonly Key: Attributes;
  readonly Item: Attributes;
  readonly ConditionExpression?: string;
  readonly KeyConditionExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Attributes;
  readonly TransactItems: readonly { readonly Put: Input }[];
}

const BY_KEYS = /^pk = :pk(?: AND begins_with\(sk, :sk\))?$/;

const MAX_ITEM_BYTES = 400 * 1024;

/**
 * Tables with the keys `pk` and `sk` in memory, for suites that need a database and not DynamoDB: moto takes
 * several ms for each request. It refuses what it does not know, so that nothing passes by mistake.
 * `test/local/aws/memory-tables.test.ts` compares its answers with moto's.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
 */
export class MemoryTables {
  readonly #tables = new Map<string, Map<string, Attributes>>();

  /** @throws Refusal, as DynamoDB refuses the request */
  answer(operation: string, body: Buffer): object {
    return this.#do(operation, JSON.parse(body.toString("utf8")) as Input);
  }

  #do(operation: string, input: Input): object {
    const { TableName } = input;
    switch (operation) {
      case "CreateTable":
        this.#tables.set(TableName, new Map());
        return { TableDescription: { TableName, TableStatus: "ACTIVE" } };
      case "GetItem":
        return { Item: this.#table(TableName).get(keyOf(input.Key)) };
      case "Query":
        return { Items: this.#query(input) };
      case "Scan":
        return { Items: [...this.#table(TableName).values()] };
      case "DeleteItem":
        this.#table(TableName).delete(keyOf(input.Key));
        return {};
      case "PutItem":
        if (!this.#holds(input))
          throw new Refusal(400, "ConditionalCheckFailedException", "The conditional request failed");
        this.#put(input);
        return {};
      case "TransactWriteItems":
        return this.#transact(input.TransactItems.map(({ Put }) => Put));
      default:
        throw new Refusal(400, "UnknownOperationException", `memory-tables does not know ${operation}`);
    }
  }

  #transact(puts: readonly Input[]): object {
    const holds = puts.map(put => this.#holds(put));
    if (holds.includes(false)) throw new Cancelled(holds);
    for (const put of puts) this.#put(put);
    return {};
  }

  #query({ TableName, KeyConditionExpression = "", ExpressionAttributeValues: values = {} }: Input) {
    if (!BY_KEYS.test(KeyConditionExpression))
      throw new Refusal(400, "ValidationException", `memory-tables knows no ${KeyConditionExpression}`);
    const [pk, prefix] = [values[":pk"]?.["S"], String(values[":sk"]?.["S"] ?? "")];
    return [...this.#table(TableName).values()]
      .filter(item => item["pk"]!["S"] === pk && sortKey(item).startsWith(prefix))
      .sort((a, b) => Buffer.compare(Buffer.from(sortKey(a)), Buffer.from(sortKey(b))));
  }

  #holds({ ConditionExpression: condition, Item, TableName, ...input }: Input): boolean {
    const found = this.#table(TableName).get(keyOf(Item));
    if (condition === undefined) return true;
    if (condition === "attribute_not_exists(pk)") return found === undefined;
    if (condition !== "#attribute = :value")
      throw new Refusal(400, "ValidationException", `memory-tables knows no ${condition}`);
    const value = found?.[input.ExpressionAttributeNames!["#attribute"]!];
    return JSON.stringify(value) === JSON.stringify(input.ExpressionAttributeValues![":value"]);
  }

  #put({ Item, TableName }: Input): void {
    if (sizeOf(Item) > MAX_ITEM_BYTES)
      throw new Refusal(400, "ValidationException", "Item size has exceeded the maximum allowed size");
    this.#table(TableName).set(keyOf(Item), Item);
  }

  #table(name: string): Map<string, Attributes> {
    const table = this.#tables.get(name);
    if (table) return table;
    throw new Refusal(400, "ResourceNotFoundException", "Requested resource not found");
  }
}

/** A transaction of which a condition did not hold. */
export class Cancelled extends Refusal {
  readonly answer: object;

  constructor(holds: readonly boolean[]) {
    super(400, "TransactionCanceledException", "");
    this.answer = {
      __type: "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
      Message: "Transaction cancelled, please refer cancellation reasons for specific reasons",
      CancellationReasons: holds.map(held => ({ Code: held ? "None" : "ConditionalCheckFailed" })),
    };
  }
}

const sortKey = (item: Attributes) => String(item["sk"]!["S"]);
const keyOf = (key: Attributes) => JSON.stringify([key["pk"]!["S"], key["sk"]!["S"]]);

/** The size of an item, in bytes: names and values. Binary values are sent as base64. */
const sizeOf = (item: Attributes): number =>
  Object.entries(item).reduce((size, [name, value]) => {
    const [[type, content] = ["NULL", true]] = Object.entries(value);
    const text = typeof content === "string" ? content : JSON.stringify(content);
    return size + Buffer.byteLength(name) + Buffer.byteLength(text, type === "B" ? "base64" : "utf8");
  }, 0);
