import {
  GetQueueAttributesCommand,
  ListMessageMoveTasksCommand,
  SendMessageCommand,
  StartMessageMoveTaskCommand,
} from "@aws-sdk/client-sqs";
import { createFunction, createRole } from "../lambda/uploaded-function";
import { arn, type Batch, deadLetters, QueueWorld } from "./queue-fixture";

jest.setTimeout(30_000);

let world: QueueWorld;
beforeAll(async () => {
  world = await QueueWorld.start();
}, 120_000);
afterAll(() => world?.stop());
beforeEach(async () => {
  await world.aws.reset();
  await createRole(world.aws);
});

const QUIET = "exports.run = async () => {};";
const FAILS_ON_BAD = `exports.run = async event => {
  const failed = event.Records.filter(record => record.body.startsWith("bad"));
  return { batchItemFailures: failed.map(record => ({ itemIdentifier: record.messageId })) };
};`;

describe("a queue that is mapped to a function", () => {
  test("brings its messages as Lambda does, also those that were there before, and is empty then", async () => {
    await createFunction(world.aws, "sink", QUIET);
    await world.createQueue("in");
    await world.send("in", "early");
    await world.map("in", "sink", { BatchSize: 5 });
    await world.aws.settled();
    const MessageAttributes = { trace: { DataType: "String", StringValue: "t-1" } };
    await world.sqs.send(
      new SendMessageCommand({ QueueUrl: world.url("in"), MessageBody: `{"a":"<id> é"}`, MessageAttributes }),
    );
    await world.aws.settled();
    expect(world.bodies).toEqual(["early", `{"a":"<id> é"}`]);
    expect((world.aws.invocations[1]!.payload as Batch).Records[0]).toEqual({
      ...{
        messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        receiptHandle: expect.any(String),
        body: `{"a":"<id> é"}`,
      },
      attributes: {
        ApproximateReceiveCount: "1",
        SentTimestamp: expect.stringMatching(/^\d{13}$/),
        SenderId: expect.any(String),
        ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
      },
      messageAttributes: {
        trace: { stringValue: "t-1", stringListValues: [], binaryListValues: [], dataType: "String" },
      },
      ...{
        md5OfBody: expect.stringMatching(/^[0-9a-f]{32}$/),
        eventSource: "aws:sqs",
        eventSourceARN: arn("in"),
      },
      awsRegion: "eu-central-1",
    });
    expect(await world.held("in")).toBe(0);
    expect(world.aws.requests.filter(request => request.operation === "ReceiveMessage")).toEqual([]);
  });

  test("keeps what a function reports as failed, delivers it again, and gives it up to the dead-letter queue", async () => {
    await createFunction(world.aws, "picky", FAILS_ON_BAD);
    await world.createQueue("dead");
    await world.createQueue("in", deadLetters("dead", 3));
    await world.send("in", "good 1", "bad 1", "good 2");
    await world.map("in", "picky", { FunctionResponseTypes: ["ReportBatchItemFailures"] });
    await world.aws.settled();
    const seen = world.bodies;
    expect([
      seen.filter(body => body.startsWith("good")).sort(),
      seen.filter(body => body === "bad 1"),
    ]).toEqual([
      ["good 1", "good 2"],
      ["bad 1", "bad 1", "bad 1"],
    ]);
    expect([await world.held("in"), await world.held("dead")]).toEqual([0, 1]);
    const asked = new GetQueueAttributesCommand({
      QueueUrl: world.url("in"),
      AttributeNames: ["RedrivePolicy"],
    });
    // With a space in it, each of Terraform's plans would show a change.
    expect((await world.sqs.send(asked)).Attributes).toEqual({
      RedrivePolicy: `{"deadLetterTargetArn":"${arn("dead")}","maxReceiveCount":3}`,
    });
  });

  test("takes an error, a crash and a refused call for a failure of the whole batch", async () => {
    await createFunction(world.aws, "fails", `exports.run = async () => { throw new Error("no"); };`);
    await createFunction(world.aws, "sink", QUIET);
    await world.createQueue("dead");
    const policy = deadLetters("dead", 2);
    for (const queue of ["one", "two", "three"]) await world.createQueue(queue, policy);
    world.aws.messageRetryMs = 10;
    await Promise.all([world.map("one", "fails"), world.map("two", "sink")]);
    await world.send("one", "a", "b");
    await world.aws.settled();
    expect(await world.held("dead")).toBe(2);
    world.aws.fault("sink", "crash", { times: 1 });
    await world.send("two", "c");
    await world.aws.settled();
    world.aws.fault("sink", { deny: 1 });
    await world.send("two", "d");
    await world.aws.settled();
    expect(await world.held("dead")).toBe(2);
    expect(world.bodies.filter(body => body === "c")).toEqual(["c", "c"]);
    expect(world.aws.invocations.at(-1)!.payload).toMatchObject({
      Records: [{ body: "d", attributes: { ApproximateReceiveCount: "2" } }],
    });
  });

  test("waits for the visibility timeout when told to, and settling says in time what is left", async () => {
    await createFunction(world.aws, "fails", `exports.run = async () => { throw new Error("no"); };`);
    await world.createQueue("in", { VisibilityTimeout: "60" });
    await world.map("in", "fails");
    world.aws.messageRetryMs = "visibility-timeout";
    await world.send("in", "a");
    while (world.aws.invocations.length === 0) await new Promise(resolve => setTimeout(resolve, 20));
    await expect(world.aws.settled({ timeoutMs: 500 })).rejects.toThrow(
      /did not settle within 500 ms: .*, 1 in in$/,
    );
    expect(world.aws.invocations).toHaveLength(1);
  });

  test("is not read while its mapping is disabled, and each call of the mapping's API does what Terraform expects", async () => {
    await createFunction(world.aws, "sink", QUIET, { Timeout: 10 });
    await world.createQueue("in");
    const made = await world.map("in", "sink", {
      ...{
        BatchSize: 20,
        MaximumBatchingWindowInSeconds: 5,
        FunctionResponseTypes: ["ReportBatchItemFailures"],
      },
      ScalingConfig: { MaximumConcurrency: 2 },
    });
    expect(made).toMatchObject({
      ...{
        FunctionArn: "arn:aws:lambda:eu-central-1:123456789012:function:sink",
        EventSourceArn: arn("in"),
        BatchSize: 20,
      },
      ...{ FunctionResponseTypes: ["ReportBatchItemFailures"], ScalingConfig: { MaximumConcurrency: 2 } },
    });
    expect((await world.mappings("GET", made.UUID)).body).toEqual(made);
    expect(
      (await world.mappings("POST", "", { EventSourceArn: arn("in"), FunctionName: "sink" })).status,
    ).toBe(409);
    expect((await world.mappings("PUT", made.UUID, { Enabled: false })).body).toMatchObject({
      State: "Disabled",
      BatchSize: 20,
    });
    await world.send("in", "a");
    await new Promise(resolve => setTimeout(resolve, 100));
    expect(await world.held("in")).toBe(1);
    expect(world.aws.invocations).toEqual([]);
    expect((await world.mappings("PUT", made.UUID, { Enabled: true, BatchSize: 1 })).body).toMatchObject({
      State: "Enabled",
    });
    await world.aws.settled();
    expect(world.bodies).toEqual(["a"]);
    expect(await world.mappings("DELETE", made.UUID)).toMatchObject({
      status: 202,
      body: { State: "Deleting" },
    });
    expect((await world.mappings("GET", made.UUID)).status).toBe(404);
    await world.createQueue("short", { VisibilityTimeout: "9" });
    for (const [wrong, why] of [
      [
        { EventSourceArn: arn("short"), FunctionName: "sink" },
        "Queue visibility timeout: 9 seconds is less than Function timeout: 10 seconds",
      ],
      [{ EventSourceArn: arn("none"), FunctionName: "sink" }, "NonExistentQueue"],
      [
        { EventSourceArn: arn("in"), FunctionName: "sink", FilterCriteria: { Filters: [{}] } },
        "no filter criteria",
      ],
      [{ EventSourceArn: arn("in"), FunctionName: "none" }, "not found"],
    ] as const) {
      expect(JSON.stringify((await world.mappings("POST", "", wrong)).body)).toContain(why);
    }
  });
});

describe("dead letters", () => {
  test("go back where they came from, are worked off there, and the task says how many", async () => {
    await createFunction(world.aws, "sink", QUIET);
    await world.createQueue("dead");
    const policy = deadLetters("dead", 1);
    for (const queue of ["one", "two"]) {
      await world.createQueue(queue, policy);
      await world.map(queue, "sink");
    }
    world.aws.fault("sink", "crash");
    await world.send("one", "of one");
    await world.send("two", "of two");
    await world.aws.settled();
    expect(await world.held("dead")).toBe(2);
    world.aws.clearFaults();
    const before = world.records.length;
    await world.sqs.send(new StartMessageMoveTaskCommand({ SourceArn: arn("dead") }));
    await world.aws.settled();
    expect(
      world.records
        .slice(before)
        .map(record => [record.body, record.eventSourceARN])
        .sort(),
    ).toEqual([
      ["of one", arn("one")],
      ["of two", arn("two")],
    ]);
    const { Results } = await world.sqs.send(new ListMessageMoveTasksCommand({ SourceArn: arn("dead") }));
    expect(Results).toMatchObject([{ Status: "COMPLETED", ApproximateNumberOfMessagesMoved: 2 }]);
    expect(await world.held("dead")).toBe(0);
  });

  test("that never were in another queue move only where the caller says", async () => {
    await world.createQueue("dead");
    await world.createQueue("in", deadLetters("dead", 1));
    await world.sqs.send(new SendMessageCommand({ QueueUrl: world.url("dead"), MessageBody: "by hand" }));
    await world.sqs.send(new StartMessageMoveTaskCommand({ SourceArn: arn("dead") }));
    const { Results } = await world.sqs.send(new ListMessageMoveTasksCommand({ SourceArn: arn("dead") }));
    expect(Results).toMatchObject([{ Status: "FAILED", FailureReason: "CouldNotDetermineMessageSource" }]);
    await world.sqs.send(
      new StartMessageMoveTaskCommand({ SourceArn: arn("dead"), DestinationArn: arn("in") }),
    );
    expect([await world.held("dead"), await world.held("in")]).toEqual([0, 1]);
    await expect(world.sqs.send(new StartMessageMoveTaskCommand({ SourceArn: arn("in") }))).rejects.toThrow(
      "Dead Letter Queue",
    );
    await expect(world.sqs.send(new StartMessageMoveTaskCommand({ SourceArn: arn("none") }))).rejects.toThrow(
      "doesn't exist",
    );
  });
});

test("faults of services act on deliveries too: a message that cannot be deleted is delivered again", async () => {
  await createFunction(world.aws, "sink", QUIET, { Timeout: 1 });
  await world.createQueue("in", { VisibilityTimeout: "1" });
  await world.map("in", "sink");
  const fault = world.aws.faultService(
    request => request.service === "sqs" && request.operation === "DeleteMessage",
    "error",
    {
      times: 1,
    },
  );
  await world.send("in", "a");
  await world.aws.settled();
  expect([world.bodies, fault.failed]).toEqual([["a", "a"], 1]);
});
