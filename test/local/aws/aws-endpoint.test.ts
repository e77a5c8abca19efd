import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

import {
  ACCOUNT_ID,
  CALLER_CREDENTIALS,
  type LocalAws,
  REGION,
  startAws,
} from "../../../local/aws/aws-endpoint";

let aws: LocalAws;
let dynamo: DynamoDBClient;
const client = () => ({
  endpoint: aws.endpoint,
  region: REGION,
  credentials: CALLER_CREDENTIALS,
  maxAttempts: 1,
});
const item = (key: string) => ({ TableName: "ledger", Item: { pk: { S: key } } });

beforeAll(async () => {
  aws = await startAws();
  dynamo = new DynamoDBClient(client());
  await dynamo.send(
    new CreateTableCommand({
      TableName: "ledger",
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
    }),
  );
}, 120_000);
afterAll(() => aws?.stop());
afterEach(() => aws.clearFaults());

async function holds(key: string): Promise<boolean> {
  return (
    (await dynamo.send(new GetItemCommand({ TableName: "ledger", Key: { pk: { S: key } } }))).Item !==
    undefined
  );
}

test("forwards all requests but Invoke to moto", async () => {
  const ssm = new SSMClient(client());
  await ssm.send(new PutParameterCommand({ Name: "/a/b", Value: "ä", Type: "String" }));
  expect((await ssm.send(new GetParameterCommand({ Name: "/a/b" }))).Parameter?.Value).toBe("ä");
  const sts = new STSClient(client());
  expect((await sts.send(new GetCallerIdentityCommand({}))).Account).toBe(ACCOUNT_ID);
  const other = await sts.send(
    new AssumeRoleCommand({ RoleArn: "arn:aws:iam::222222222222:role/r", RoleSessionName: "s" }),
  );
  expect(other.AssumedRoleUser?.Arn).toBe("arn:aws:sts::222222222222:assumed-role/r/s");
  expect(aws.requests.map(request => request.operation)).toEqual(
    expect.arrayContaining(["CreateTable", "PutParameter", "AssumeRole"]),
  );
});

test("forwards conditional transactions", async () => {
  const put = { ...item("once"), ConditionExpression: "attribute_not_exists(pk)" };
  const transaction = () => dynamo.send(new TransactWriteItemsCommand({ TransactItems: [{ Put: put }] }));
  await transaction();
  await expect(transaction()).rejects.toMatchObject({ name: "TransactionCanceledException" });
});

test("makes writes fail from the nth on, and counts them", async () => {
  const fault = aws.faultService(
    request =>
      request.operation === "PutItem" && (request.body as { TableName: string }).TableName === "ledger",
    "error",
    {
      from: 2,
    },
  );
  await dynamo.send(new PutItemCommand(item("first")));
  await expect(dynamo.send(new PutItemCommand(item("second")))).rejects.toMatchObject({
    name: "InternalServerError",
  });
  await expect(dynamo.send(new PutItemCommand(item("third")))).rejects.toThrow();
  expect([fault.matched, fault.failed]).toEqual([3, 2]);
  expect([await holds("first"), await holds("second"), await holds("third")]).toEqual([true, false, false]);
  fault.clear();
  await dynamo.send(new PutItemCommand(item("third")));
  expect(await holds("third")).toBe(true);
});

test("drops a request, loses an answer, or answers a given error", async () => {
  const isPut = (request: { operation: string }) => request.operation === "PutItem";
  const dropped = aws.faultService(isPut, "drop");
  await expect(dynamo.send(new PutItemCommand(item("dropped")))).rejects.toThrow();
  dropped.clear();
  const lost = aws.faultService(isPut, "lose-response");
  await expect(dynamo.send(new PutItemCommand(item("lost")))).rejects.toThrow();
  lost.clear();
  expect([await holds("dropped"), await holds("lost")]).toEqual([false, true]);
  aws.faultService(isPut, { status: 400, type: "ProvisionedThroughputExceededException" });
  await expect(dynamo.send(new PutItemCommand(item("x")))).rejects.toMatchObject({
    name: "ProvisionedThroughputExceededException",
  });
});
