import {
  CreateEventBusCommand,
  EventBridgeClient,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ListMessageMoveTasksCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from "@aws-sdk/client-sqs";
import { DeleteParameterCommand, DeleteParametersCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";

import { CALLER_CREDENTIALS, type LocalAws, REGION, startAws } from "../../local/aws-endpoint";
import { createFunction, createRole } from "./uploaded-function";

jest.setTimeout(30_000);

type Mapping = { UUID: string; State: string; FunctionArn: string };
type Batch = { Records: { messageId: string; body: string; attributes: Record<string, string> }[] };

let aws: LocalAws;
let sqs: SQSClient;
let events: EventBridgeClient;
let ssm: SSMClient;
beforeAll(async () => {
  aws = await startAws();
  const options = { endpoint: aws.endpoint, region: REGION, credentials: CALLER_CREDENTIALS };
  [sqs, events, ssm] = [new SQSClient(options), new EventBridgeClient(options), new SSMClient(options)];
}, 120_000);
afterAll(async () => {
  for (const client of [sqs, events, ssm]) client?.destroy();
  await aws?.stop();
});
beforeEach(async () => {
  await aws.reset();
  await createRole(aws);
});

const arn = (queue: string) => `arn:aws:sqs:eu-central-1:123456789012:${queue}`;
const url = (queue: string) => `${aws.endpoint}/123456789012/${queue}`;

async function createQueue(name: string, attributes: Record<string, string> = {}): Promise<void> {
  await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
}

const send = (queue: string, ...bodies: string[]) =>
  Promise.all(bodies.map(body => sqs.send(new SendMessageCommand({ QueueUrl: url(queue), MessageBody: body }))));

async function held(queue: string): Promise<number> {
  const AttributeNames = ["ApproximateNumberOfMessages" as const, "ApproximateNumberOfMessagesNotVisible" as const];
  const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url(queue), AttributeNames }));
  return Object.values(Attributes).reduce((sum, value) => sum + Number(value), 0);
}

/** Calls Lambda's API of event source mappings the way Terraform's provider does. */
async function mappings(method: string, path: string, body?: object): Promise<{ status: number; body: Mapping }> {
  const authorization =
    "AWS4-HMAC-SHA256 Credential=any/20200101/eu-central-1/lambda/aws4_request, SignedHeaders=host, Signature=none";
  const response = await fetch(`${aws.endpoint}/2015-03-31/event-source-mappings/${path}`, {
    ...{ method, headers: { authorization, "content-type": "application/json" } },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return { status: response.status, body: (await response.json()) as Mapping };
}

async function map(queue: string, functionName: string, more: object = {}): Promise<Mapping> {
  const { status, body } = await mappings("POST", "", { EventSourceArn: arn(queue), FunctionName: functionName, ...more });
  expect([status, body]).toEqual([202, expect.objectContaining({ State: "Enabled" })]);
  return body;
}

const received = () => aws.invocations.flatMap(call => (call.payload as Batch).Records.map(record => record.body));
const QUIET = "exports.run = async () => {};";
const FAILS_ON_BAD = `exports.run = async event => {
  const failed = event.Records.filter(record => record.body.startsWith("bad"));
  return { batchItemFailures: failed.map(record => ({ itemIdentifier: record.messageId })) };
};`;

describe("a queue that is mapped to a function", () => {
  test("brings its messages as Lambda does, also those that were there before, and is empty then", async () => {
    await createFunction(aws, "sink", QUIET);
    await createQueue("in");
    await send("in", "early");
    await map("in", "sink", { BatchSize: 5 });
    await aws.settled();
    const MessageAttributes = { trace: { DataType: "String", StringValue: "t-1" } };
    await sqs.send(new SendMessageCommand({ QueueUrl: url("in"), MessageBody: `{"a":"<id> é"}`, MessageAttributes }));
    await aws.settled();
    expect(received()).toEqual(["early", `{"a":"<id> é"}`]);
    expect((aws.invocations[1]!.payload as Batch).Records[0]).toEqual({
      ...{ messageId: expect.stringMatching(/^[0-9a-f-]{36}$/), receiptHandle: expect.any(String), body: `{"a":"<id> é"}` },
      attributes: {
        ApproximateReceiveCount: "1",
        SentTimestamp: expect.stringMatching(/^\d{13}$/),
        SenderId: expect.any(String),
        ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
      },
      messageAttributes: { trace: { stringValue: "t-1", stringListValues: [], binaryListValues: [], dataType: "String" } },
      ...{ md5OfBody: expect.stringMatching(/^[0-9a-f]{32}$/), eventSource: "aws:sqs", eventSourceARN: arn("in") },
      awsRegion: "eu-central-1",
    });
    expect(await held("in")).toBe(0);
    expect(aws.requests.filter(request => request.operation === "ReceiveMessage")).toEqual([]);
  });

  test("keeps what a function reports as failed, delivers it again, and gives it up to the dead-letter queue", async () => {
    await createFunction(aws, "picky", FAILS_ON_BAD);
    await createQueue("dead");
    await createQueue("in", { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn("dead"), maxReceiveCount: 3 }) });
    await send("in", "good 1", "bad 1", "good 2");
    await map("in", "picky", { FunctionResponseTypes: ["ReportBatchItemFailures"] });
    await aws.settled();
    const seen = received();
    expect([seen.filter(body => body.startsWith("good")).sort(), seen.filter(body => body === "bad 1")]).toEqual([
      ["good 1", "good 2"],
      ["bad 1", "bad 1", "bad 1"],
    ]);
    expect([await held("in"), await held("dead")]).toEqual([0, 1]);
  });

  test("takes an error, a crash and a refused call for a failure of the whole batch", async () => {
    await createFunction(aws, "fails", `exports.run = async () => { throw new Error("no"); };`);
    await createFunction(aws, "sink", QUIET);
    await createQueue("dead");
    const policy = { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn("dead"), maxReceiveCount: 2 }) };
    for (const queue of ["one", "two", "three"]) await createQueue(queue, policy);
    aws.messageRetryMs = 10;
    await Promise.all([map("one", "fails"), map("two", "sink")]);
    await send("one", "a", "b");
    await aws.settled();
    expect(await held("dead")).toBe(2);
    aws.fault("sink", "crash", { times: 1 });
    await send("two", "c");
    await aws.settled();
    aws.fault("sink", { deny: 1 });
    await send("two", "d");
    await aws.settled();
    expect(await held("dead")).toBe(2);
    expect(received().filter(body => body === "c")).toEqual(["c", "c"]);
    expect(aws.invocations.at(-1)!.payload).toMatchObject({
      Records: [{ body: "d", attributes: { ApproximateReceiveCount: "2" } }],
    });
  });

  test("waits for the visibility timeout when told to, and settling says in time what is left", async () => {
    await createFunction(aws, "fails", `exports.run = async () => { throw new Error("no"); };`);
    await createQueue("in", { VisibilityTimeout: "60" });
    await map("in", "fails");
    aws.messageRetryMs = "visibility-timeout";
    await send("in", "a");
    await expect(aws.settled({ timeoutMs: 500 })).rejects.toThrow("did not settle within 500 ms: 0 functions running");
    expect(aws.invocations).toHaveLength(1);
  });

  test("is not read while its mapping is disabled, and each call of the mapping's API does what Terraform expects", async () => {
    await createFunction(aws, "sink", QUIET, { Timeout: 10 });
    await createQueue("in");
    const made = await map("in", "sink", {
      ...{ BatchSize: 20, MaximumBatchingWindowInSeconds: 5, FunctionResponseTypes: ["ReportBatchItemFailures"] },
      ScalingConfig: { MaximumConcurrency: 2 },
    });
    expect(made).toMatchObject({
      ...{ FunctionArn: "arn:aws:lambda:eu-central-1:123456789012:function:sink", EventSourceArn: arn("in"), BatchSize: 20 },
      ...{ FunctionResponseTypes: ["ReportBatchItemFailures"], ScalingConfig: { MaximumConcurrency: 2 } },
    });
    expect((await mappings("GET", made.UUID)).body).toEqual(made);
    expect((await mappings("POST", "", { EventSourceArn: arn("in"), FunctionName: "sink" })).status).toBe(409);
    expect((await mappings("PUT", made.UUID, { Enabled: false })).body).toMatchObject({ State: "Disabled", BatchSize: 20 });
    await send("in", "a");
    await new Promise(resolve => setTimeout(resolve, 100));
    expect(await held("in")).toBe(1);
    expect(aws.invocations).toEqual([]);
    expect((await mappings("PUT", made.UUID, { Enabled: true, BatchSize: 1 })).body).toMatchObject({ State: "Enabled" });
    await aws.settled();
    expect(received()).toEqual(["a"]);
    expect(await mappings("DELETE", made.UUID)).toMatchObject({ status: 202, body: { State: "Deleting" } });
    expect((await mappings("GET", made.UUID)).status).toBe(404);
    await createQueue("short", { VisibilityTimeout: "9" });
    for (const [wrong, why] of [
      [
        { EventSourceArn: arn("short"), FunctionName: "sink" },
        "Queue visibility timeout: 9 seconds is less than Function timeout: 10 seconds",
      ],
      [{ EventSourceArn: arn("none"), FunctionName: "sink" }, "NonExistentQueue"],
      [{ EventSourceArn: arn("in"), FunctionName: "sink", FilterCriteria: { Filters: [{}] } }, "no filter criteria"],
      [{ EventSourceArn: arn("in"), FunctionName: "none" }, "not found"],
    ] as const) {
      expect(JSON.stringify((await mappings("POST", "", wrong)).body)).toContain(why);
    }
  });
});

describe("dead letters", () => {
  test("go back where they came from, are worked off there, and the task says how many", async () => {
    await createFunction(aws, "sink", QUIET);
    await createQueue("dead");
    const policy = { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn("dead"), maxReceiveCount: 1 }) };
    for (const queue of ["one", "two"]) {
      await createQueue(queue, policy);
      await map(queue, "sink");
    }
    aws.fault("sink", "crash");
    await send("one", "of one");
    await send("two", "of two");
    await aws.settled();
    expect(await held("dead")).toBe(2);
    aws.clearFaults();
    const before = aws.invocations.length;
    await sqs.send(new StartMessageMoveTaskCommand({ SourceArn: arn("dead") }));
    await aws.settled();
    const after = aws.invocations.slice(before).flatMap(call => (call.payload as { Records: Record<string, string>[] }).Records);
    expect(after.map(record => [record["body"], record["eventSourceARN"]]).sort()).toEqual([
      ["of one", arn("one")],
      ["of two", arn("two")],
    ]);
    const { Results } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn: arn("dead") }));
    expect(Results).toMatchObject([{ Status: "COMPLETED", ApproximateNumberOfMessagesMoved: 2 }]);
    expect(await held("dead")).toBe(0);
  });

  test("that never were in another queue move only where the caller says", async () => {
    await createQueue("dead");
    await createQueue("in", { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn("dead"), maxReceiveCount: 1 }) });
    await sqs.send(new SendMessageCommand({ QueueUrl: url("dead"), MessageBody: "by hand" }));
    await sqs.send(new StartMessageMoveTaskCommand({ SourceArn: arn("dead") }));
    const { Results } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn: arn("dead") }));
    expect(Results).toMatchObject([{ Status: "FAILED", FailureReason: "CouldNotDetermineMessageSource" }]);
    await sqs.send(new StartMessageMoveTaskCommand({ SourceArn: arn("dead"), DestinationArn: arn("in") }));
    expect([await held("dead"), await held("in")]).toEqual([0, 1]);
    await expect(sqs.send(new StartMessageMoveTaskCommand({ SourceArn: arn("in") }))).rejects.toThrow("Dead Letter Queue");
    await expect(sqs.send(new StartMessageMoveTaskCommand({ SourceArn: arn("none") }))).rejects.toThrow("doesn't exist");
  });
});

async function rule(name: string, pattern: object, queues: readonly string[], bus = "default"): Promise<void> {
  await events.send(new PutRuleCommand({ Name: name, EventPattern: JSON.stringify(pattern), EventBusName: bus }));
  const Targets = queues.map(queue => ({ Id: queue, Arn: arn(queue) }));
  await events.send(new PutTargetsCommand({ Rule: name, EventBusName: bus, Targets }));
  expect((await events.send(new ListTargetsByRuleCommand({ Rule: name, EventBusName: bus }))).Targets).toEqual(Targets);
}

describe("events", () => {
  test("reach the queues of the rules that match, on the default and on a named bus, with the detail as it was", async () => {
    await createFunction(aws, "sink", QUIET);
    for (const queue of ["one", "two", "other"]) await createQueue(queue);
    await events.send(new CreateEventBusCommand({ Name: "ours" }));
    await rule("access", { source: ["aurora-users"], "detail-type": [{ prefix: "access." }] }, ["one", "two"]);
    await rule("elsewhere", { source: ["aurora-users"] }, ["other"], "ours");
    await map("one", "sink");
    aws.clock.advance(86_400_000);
    const detail = { who: `<id> <time> "<b>é\n`, n: 1, none: null, list: [], deep: { a: ["<detail>"] } };
    const entry = { Source: "aurora-users", DetailType: "access.granted", Detail: JSON.stringify(detail), Resources: ["r"] };
    const Entries = [
      ...[entry, { ...entry, DetailType: "drift.detected" }, { ...entry, EventBusName: "ours" }, { ...entry, Detail: "{" }],
    ];
    expect(await events.send(new PutEventsCommand({ Entries }))).toMatchObject({ FailedEntryCount: 1 });
    await aws.settled();
    const [body] = received();
    expect(received()).toHaveLength(1);
    const event = JSON.parse(body!) as Record<string, unknown>;
    expect(event).toMatchObject({
      ...{ version: "0", source: "aurora-users", "detail-type": "access.granted", account: "123456789012", resources: ["r"] },
      ...{ region: "eu-central-1", id: expect.any(String), time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) },
    });
    expect(event["detail"]).toEqual(detail);
    expect(Math.abs(Date.parse(event["time"] as string) - aws.clock.now().getTime())).toBeLessThan(10_000);
    expect([await held("two"), await held("other")]).toEqual([1, 1]);
    expect(aws.events).toEqual([
      { source: "aurora-users", detailType: "access.granted", detail, bus: "default" },
      { source: "aurora-users", detailType: "drift.detected", detail, bus: "default" },
      { source: "aurora-users", detailType: "access.granted", detail, bus: "ours" },
    ]);
  });

  test("of Parameter Store are published when a parameter is created, updated or deleted, and reach the function", async () => {
    await createFunction(aws, "sink", QUIET);
    await createQueue("changes");
    const detail = { name: [{ prefix: "/aurora-users/" }], operation: ["Create", "Update", "Delete"] };
    await rule("ssm", { source: ["aws.ssm"], "detail-type": ["Parameter Store Change"], detail }, ["changes"]);
    await map("changes", "sink", { BatchSize: 1 });
    const last = async () => {
      await aws.settled();
      return JSON.parse(received().at(-1)!) as Record<string, unknown>;
    };
    const Name = "/aurora-users/a/orders";
    await ssm.send(new PutParameterCommand({ Name, Type: "String", Value: "1", Description: "of orders" }));
    expect(await last()).toMatchObject({
      ...{ source: "aws.ssm", "detail-type": "Parameter Store Change", account: "123456789012", region: "eu-central-1" },
      resources: ["arn:aws:ssm:eu-central-1:123456789012:parameter/aurora-users/a/orders"],
      detail: { operation: "Create", name: Name, type: "String", description: "of orders" },
    });
    await ssm.send(new PutParameterCommand({ Name, Value: "2", Overwrite: true }));
    expect((await last())["detail"]).toMatchObject({ operation: "Update", name: Name, type: "String" });
    await expect(ssm.send(new PutParameterCommand({ Name, Type: "String", Value: "3" }))).rejects.toThrow();
    await ssm.send(new PutParameterCommand({ Name: "/elsewhere", Type: "String", Value: "1" }));
    await ssm.send(new DeleteParameterCommand({ Name }));
    expect((await last())["detail"]).toMatchObject({ operation: "Delete", name: Name, type: "String" });
    expect(received()).toHaveLength(3);
    await ssm.send(new PutParameterCommand({ Name, Type: "StringList", Value: "1" }));
    await ssm.send(new DeleteParametersCommand({ Names: [Name, "/elsewhere", "/none"] }));
    expect((await last())["detail"]).toMatchObject({ operation: "Delete", name: Name, type: "StringList" });
    expect(received()).toHaveLength(5);
    expect(aws.events).toEqual([]);
  });
});

test("faults of services act on deliveries too: a message that cannot be deleted is delivered again", async () => {
  await createFunction(aws, "sink", QUIET, { Timeout: 1 });
  await createQueue("in", { VisibilityTimeout: "1" });
  await map("in", "sink");
  const fault = aws.faultService(request => request.service === "sqs" && request.operation === "DeleteMessage", "error", {
    times: 1,
  });
  await send("in", "a");
  await aws.settled();
  expect([received(), fault.failed]).toEqual([["a", "a"], 1]);
});

test("a reset forgets mappings, events and the clock", async () => {
  await createFunction(aws, "sink", QUIET);
  await createQueue("in");
  await map("in", "sink");
  aws.clock.advance(60_000);
  aws.messageRetryMs = 1;
  await events.send(new PutEventsCommand({ Entries: [{ Source: "s", DetailType: "d", Detail: "{}" }] }));
  await aws.reset();
  expect([aws.events, aws.clock.offsetMs, aws.messageRetryMs]).toEqual([[], 0, 200]);
  await createQueue("in");
  await send("in", "a");
  await new Promise(resolve => setTimeout(resolve, 100));
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: url("in"), WaitTimeSeconds: 0 }));
  expect(Messages).toHaveLength(1);
});
