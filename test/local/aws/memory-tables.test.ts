import {
  DeleteItemCommand,
  DescribeTableCommand,
  DynamoDBClient,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { CreateKeyCommand, GenerateMacCommand, KMSClient, VerifyMacCommand } from "@aws-sdk/client-kms";
import { DynamoDbItemStore } from "../../../lambdas/runtime/dynamodb-item-store";
import type { Put } from "../../../lambdas/runtime/item-store";
import { FUNCTION_CREDENTIALS, type LocalAws, startAws } from "../../../local/aws/aws-endpoint";
import { createTable } from "../../support/create-table";

let both: LocalAws[];
beforeAll(async () => {
  both = await Promise.all([startAws(), startAws({ tablesInMemory: true })]);
}, 60_000);
afterAll(async () => {
  await Promise.all((both ?? []).map(aws => aws.stop()));
});

const HMAC = { KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" } as const;
const options = (aws: LocalAws) => ({
  endpoint: aws.endpoint,
  region: aws.region,
  credentials: FUNCTION_CREDENTIALS,
  maxAttempts: 1,
});

/** What moto and the tables in memory answer to the same work: results, or the names of errors. */
const answers = (work: (aws: LocalAws) => Promise<unknown>) =>
  Promise.all(both.map(aws => work(aws).catch((error: Error) => error.name)));

const put = (sk: string, value: number, condition?: Put["condition"]): Put => ({
  table: "items",
  item: { pk: "orders", sk, value, text: "ä\u{1f600}", bytes: new Uint8Array([0, 255]), list: [{ a: null }] },
  condition,
});

test("tables in memory answer as moto's do", async () => {
  const [moto, memory] = await answers(async aws => {
    const client = new DynamoDBClient(options(aws));
    const store = new DynamoDbItemStore(client);
    await createTable(client, "items");
    return {
      first: await store.put(put("b", 1, "absent")),
      again: await store.put(put("b", 2, "absent")),
      equal: await store.put(put("b", 3, { attribute: "value", equals: 1 })),
      unequal: await store.put(put("b", 4, { attribute: "value", equals: 1 })),
      nothingThere: await store.put(put("x", 4, { attribute: "value", equals: 1 })),
      all: await store.put(put("a", 5), put("ä", 6, "absent"), put("B", 7)),
      none: await store.put(put("c", 8), put("b", 9, "absent")),
      got: await store.get("items", "orders", "b"),
      missing: await store.get("items", "orders", "c"),
      listed: await store.list("items", "orders", ""),
      prefix: await store.list("items", "orders", "b"),
      otherPartition: await store.list("items", "order", ""),
      removed: await store.remove("items", "orders", "b"),
      left: (await client.send(new ScanCommand({ TableName: "items" }))).Items?.length,
      tooLarge: await store
        .put({ ...put("z", 1), item: { pk: "z", sk: "z", text: "x".repeat(420_000) } })
        .catch((error: Error) => error.name),
      noTable: await store.get("nothing", "a", "b").catch((error: Error) => error.name),
    };
  });
  expect(moto).toMatchObject({ first: true, again: false, none: false, missing: undefined, left: 3 });
  expect(memory).toEqual(moto);
});

const items = (count: number, bytes: number, pk = "many") =>
  Array.from({ length: count }, (_, at) => ({
    table: "large",
    item: { pk, sk: `${at}`.padStart(3, "0"), text: "x".repeat(bytes) },
  }));

test("a transaction is refused as a whole, and a long answer comes in pages, as moto's", async () => {
  const [moto, memory] = await answers(async aws => {
    const client = new DynamoDBClient(options(aws));
    const store = new DynamoDbItemStore(client);
    await createTable(client, "large");
    const outcome = (puts: readonly Put[]) => store.put(...puts).catch((error: Error) => error.name);
    const count = async (pk: string) => (await store.list("large", pk, "")).length;
    const [first, last] = [items(1, 1, "a")[0]!, items(2, 420_000, "a")[1]!];
    const found = {
      tooMany: await outcome(items(101, 1, "a")),
      twice: await outcome([first, first]),
      tooLarge: await outcome([first, last]),
      left: await count("a"),
      hundred: await outcome(items(100, 1, "b")),
    };
    for (const item of items(5, 300_000)) await store.put(item);
    const query = { TableName: "large", KeyConditionExpression: "pk = :pk" };
    const page = await client.send(
      new QueryCommand({ ...query, ExpressionAttributeValues: { ":pk": { S: "many" } } }),
    );
    return {
      ...found,
      onPage: page.Items?.length,
      next: page.LastEvaluatedKey,
      onAll: await count("many"),
    };
  });
  expect(moto).toMatchObject({ left: 0, hundred: true, onPage: 3, next: { pk: { S: "many" } }, onAll: 5 });
  expect(memory).toEqual(moto);
});

test("they refuse what they do not know", async () => {
  const client = new DynamoDBClient(options(both[1]!));
  await createTable(client, "others");
  const TableName = "others";
  const KeyConditionExpression = "pk = :pk AND sk > :sk";
  const ExpressionAttributeValues = { ":pk": { S: "a" }, ":sk": { S: "b" } };
  const query = new QueryCommand({ TableName, KeyConditionExpression, ExpressionAttributeValues });
  await expect(client.send(query)).rejects.toThrow("memory-tables knows no pk = :pk AND sk > :sk");
  await expect(client.send(new DescribeTableCommand({ TableName }))).rejects.toThrow("DescribeTable");
  const scan = { TableName, FilterExpression: "a = :a", ExpressionAttributeValues: { ":a": { S: "a" } } };
  await expect(client.send(new ScanCommand(scan))).rejects.toThrow("FilterExpression in Scan");
  await expect(client.send(new ScanCommand({ TableName, Limit: 1 }))).rejects.toThrow("Limit in Scan");
  const Key = { pk: { S: "a" }, sk: { S: "b" } };
  const conditional = { TableName, Key, ConditionExpression: "attribute_exists(pk)" };
  await expect(client.send(new DeleteItemCommand(conditional))).rejects.toThrow(
    "ConditionExpression in DeleteItem",
  );
  const Delete = { TableName, Key };
  await expect(client.send(new TransactWriteItemsCommand({ TransactItems: [{ Delete }] }))).rejects.toThrow(
    "Delete in an item of TransactWriteItems",
  );
});

test("keys in memory prove what moto's prove", async () => {
  const [moto, memory] = await answers(async aws => {
    const kms = new KMSClient(options(aws));
    const KeyId = (await kms.send(new CreateKeyCommand(HMAC))).KeyMetadata!.Arn!;
    const [Message, algorithm] = [Buffer.from("text"), { MacAlgorithm: "HMAC_SHA_256" } as const];
    const { Mac } = await kms.send(new GenerateMacCommand({ KeyId, Message, ...algorithm }));
    const verify = (message: string, key = KeyId) =>
      kms.send(new VerifyMacCommand({ KeyId: key, Message: Buffer.from(message), Mac, ...algorithm })).then(
        ({ MacValid }) => MacValid,
        (error: Error) => error.name,
      );
    return {
      length: Mac!.length,
      right: await verify("text"),
      wrong: await verify("other"),
      unknown: await verify("text", KeyId.replace(/[^/]+$/, "11111111-2222-3333-4444-555555555555")),
    };
  });
  expect(moto).toEqual({
    length: 32,
    right: true,
    wrong: "KMSInvalidMacException",
    unknown: "NotFoundException",
  });
  expect(memory).toEqual(moto);
});
