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
  readonly ExclusiveStartKey?: Attributes;
  /** False: the last item comes first. */
  readonly ScanIndexForward?: boolean;
  readonly TransactItems: readonly { readonly Put: Input }[];
}

const NAMES = ["ExpressionAttributeNames", "ExpressionAttributeValues"];
const PUT = ["TableName", "Item", "ConditionExpression", ...NAMES];
const READ = ["TableName", "ConsistentRead", "ExclusiveStartKey"];
/** The fields of a request that are known here, by operation: any other changes what DynamoDB does. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  CreateTable: ["TableName", "BillingMode", "AttributeDefinitions", "KeySchema"],
  GetItem: ["TableName", "Key", "ConsistentRead"],
  Query: [...READ, "KeyConditionExpression", "ExpressionAttributeValues", "ScanIndexForward"],
  Scan: READ,
  DeleteItem: ["TableName", "Key"],
  PutItem: PUT,
  // The SDK adds a token of its own to each transaction.
  TransactWriteItems: ["TransactItems", "ClientRequestToken"],
};

const BY_KEYS = /^pk = :pk(?: AND begins_with\(sk, :sk\))?$/;

const MAX_ITEM_BYTES = 400 * 1024;
/** What one answer to Query or Scan holds at most, in bytes of items. */
const MAX_PAGE_BYTES = 1024 * 1024;
/** @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html */
const MAX_PUTS = 100;
const MAX_TRANSACTION_BYTES = 4 * 1024 * 1024;

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
    const known = FIELDS[operation];
    if (!known)
      throw new Refusal(400, "UnknownOperationException", `memory-tables does not know ${operation}`);
    assertFields(operation, input, known);
    const { TableName } = input;
    switch (operation) {
      case "CreateTable":
        this.#tables.set(TableName, new Map());
        return { TableDescription: { TableName, TableStatus: "ACTIVE" } };
      case "GetItem":
        return { Item: this.#table(TableName).get(keyOf(input.Key)) };
      case "Query":
        return pageOf(this.#query(input), input);
      case "Scan":
        return pageOf([...this.#table(TableName).values()], input);
      case "DeleteItem":
        this.#table(TableName).delete(keyOf(input.Key));
        return {};
      case "PutItem":
        if (!this.#holds(input))
          throw new Refusal(400, "ConditionalCheckFailedException", "The conditional request failed");
        this.#put(input);
        return {};
      default:
        return this.#transact(input.TransactItems);
    }
  }

  /** Remembers all items. @returns what puts them into the tables again, in place of all others */
  keep(): () => void {
    const kept = [...this.#tables].map(([name, items]) => [name, new Map(items)] as const);
    return () => {
      for (const [name, items] of kept) this.#tables.set(name, new Map(items));
    };
  }

  /** Everything is checked before the first put: all of them are made, or none. */
  #transact(items: Input["TransactItems"]): object {
    for (const item of items) assertFields("an item of TransactWriteItems", item, ["Put"]);
    const puts = items.map(({ Put }) => Put);
    for (const put of puts) assertFields("Put", put, PUT);
    if (puts.length === 0 || puts.length > MAX_PUTS)
      throw invalid(`A transaction has 1 to ${MAX_PUTS} items, not ${puts.length}`);
    const keys = new Set(puts.map(({ Item, TableName }) => JSON.stringify([TableName, keyOf(Item)])));
    if (keys.size < puts.length)
      throw invalid("Transaction request cannot include multiple operations on one item");
    for (const { Item } of puts) assertSize(Item);
    if (puts.reduce((size, { Item }) => size + sizeOf(Item), 0) > MAX_TRANSACTION_BYTES)
      throw invalid("Transaction size has exceeded the maximum of 4 MB");
    const holds = puts.map(put => this.#holds(put));
    if (holds.includes(false)) throw new Cancelled(holds);
    for (const put of puts) this.#put(put);
    return {};
  }

  #query({ TableName, KeyConditionExpression = "", ExpressionAttributeValues: values = {} }: Input) {
    if (!BY_KEYS.test(KeyConditionExpression))
      throw invalid(`memory-tables knows no ${KeyConditionExpression}`);
    const [pk, prefix] = [values[":pk"]?.["S"], String(values[":sk"]?.["S"] ?? "")];
    return [...this.#table(TableName).values()].filter(
      item => item["pk"]!["S"] === pk && sortKey(item).startsWith(prefix),
    );
  }

  #holds({ ConditionExpression: condition, Item, TableName, ...input }: Input): boolean {
    const found = this.#table(TableName).get(keyOf(Item));
    if (condition === undefined) return true;
    if (condition === "attribute_not_exists(pk)") return found === undefined;
    if (condition !== "#attribute = :value") throw invalid(`memory-tables knows no ${condition}`);
    const value = found?.[input.ExpressionAttributeNames!["#attribute"]!];
    return JSON.stringify(value) === JSON.stringify(input.ExpressionAttributeValues![":value"]);
  }

  #put({ Item, TableName }: Input): void {
    assertSize(Item);
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

const invalid = (message: string) => new Refusal(400, "ValidationException", message);

/** @throws Refusal that names a field that is not known here: it must not pass without an effect */
function assertFields(what: string, input: object, known: readonly string[]): void {
  const other = Object.keys(input).find(field => !known.includes(field));
  if (other !== undefined) throw invalid(`memory-tables knows no ${other} in ${what}`);
}

function assertSize(item: Attributes): void {
  if (sizeOf(item) > MAX_ITEM_BYTES) throw invalid("Item size has exceeded the maximum allowed size");
}

/** The items after the start, in the order of their keys or the other way, as many as one answer holds. */
function pageOf(items: readonly Attributes[], { ExclusiveStartKey: start, ScanIndexForward }: Input): object {
  const sign = ScanIndexForward === false ? -1 : 1;
  const inOrder = [...items]
    .sort((a, b) => sign * byKeys(a, b))
    .filter(item => !start || sign * byKeys(item, start) > 0);
  let bytes = 0;
  const end = inOrder.findIndex(item => {
    bytes += sizeOf(item);
    return bytes > MAX_PAGE_BYTES;
  });
  if (end < 0) return { Items: inOrder };
  const { pk, sk } = inOrder[end - 1]!;
  return { Items: inOrder.slice(0, end), LastEvaluatedKey: { pk, sk } };
}

const byKeys = (a: Attributes, b: Attributes): number =>
  Buffer.compare(Buffer.from(partition(a)), Buffer.from(partition(b))) ||
  Buffer.compare(Buffer.from(sortKey(a)), Buffer.from(sortKey(b)));
const partition = (item: Attributes) => String(item["pk"]!["S"]);
const sortKey = (item: Attributes) => String(item["sk"]!["S"]);
const keyOf = (key: Attributes) => JSON.stringify([key["pk"]!["S"], key["sk"]!["S"]]);

/** The size of an item, in bytes: names and values. Binary values are sent as base64. */
const sizeOf = (item: Attributes): number =>
  Object.entries(item).reduce((size, [name, value]) => {
    const [[type, content] = ["NULL", true]] = Object.entries(value);
    const text = typeof content === "string" ? content : JSON.stringify(content);
    return size + Buffer.byteLength(name) + Buffer.byteLength(text, type === "B" ? "base64" : "utf8");
  }, 0);
