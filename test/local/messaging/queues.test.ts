import {
  GetQueueAttributesCommand,
  ListMessageMoveTasksCommand,
  SendMessageCommand,
  StartMessageMoveTaskCommand,
} from "@aws-sdk/client-sqs";
import { createFunction, createRole } from "../lambda/uploaded-function";
import { arn, type Batch, deadLetters, QueueFixture } from "./queue-fixture";

jest.setTimeout(30_000);

let fixture: QueueFixture;
beforeAll(async () => {
  fixture = await QueueFixture.start();
}, 120_000);
afterAll(() => fixture?.stop());
beforeEach(async () => {
  await fixture.aws.reset();
  await createRole(fixture.aws);
});

const QUIET = "exports.run = async () => {};";
const FAILS_ON_BAD = `exports.run = async event => {
  const failed = event.Records.filter(record => record.body.startsWith("bad"));
  return { batchItemFailures: failed.map(record => ({ itemIdentifier: record.messageId })) };
};`;

describe("a queue that is mapped to a function", () => {
  test("delivers its messages as Lambda does, earlier ones included, and is then empty", async () => {
    await createFunction(fixture.aws, "sink", QUIET);
    await fixture.createQueue("in");
    await fixture.send("in", "early");
    await fixture.map("in", "sink", { BatchSize: 5 });
    await fixture.aws.settled();
    const MessageAttributes = { trace: { DataType: "String", StringValue: "t-1" } };
    await fixture.sqs.send(
      new SendMessageCommand({
        QueueUrl: fixture.url("in"),
        MessageBody: `{"a":"<id> é"}`,
        MessageAttributes,
      }),
    );
    await fixture.aws.settled();
    expect(fixture.bodies).toEqual(["early", `{"a":"<id> é"}`]);
    expect((fixture.aws.invocations[1]!.payload as Batch).Records[0]).toEqual({
      messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      receiptHandle: expect.any(String),
      body: `{"a":"<id> é"}`,
      attributes: {
        ApproximateReceiveCount: "1",
        SentTimestamp: expect.stringMatching(/^\d{13}$/),
        SenderId: expect.any(String),
        ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
      },
      messageAttributes: {
        trace: { stringValue: "t-1", stringListValues: [], binaryListValues: [], dataType: "String" },
      },
      md5OfBody: expect.stringMatching(/^[0-9a-f]{32}$/),
      eventSource: "aws:sqs",
      eventSourceARN: arn("in"),
      awsRegion: "eu-central-1",
    });
    expect(await fixture.held("in")).toBe(0);
    expect(fixture.aws.requests.filter(request => request.operation === "ReceiveMessage")).toEqual([]);
  });

  test("delivers messages that a function reports as failed again, then moves them to the dead-letter queue", async () => {
    await createFunction(fixture.aws, "picky", FAILS_ON_BAD);
    await fixture.createQueue("dead");
    await fixture.createQueue("in", deadLetters("dead", 3));
    await fixture.send("in", "good 1", "bad 1", "good 2");
    await fixture.map("in", "picky", { FunctionResponseTypes: ["ReportBatchItemFailures"] });
    await fixture.aws.settled();
    const seen = fixture.bodies;
    expect([
      seen.filter(body => body.startsWith("good")).sort(),
      seen.filter(body => body === "bad 1"),
    ]).toEqual([
      ["good 1", "good 2"],
      ["bad 1", "bad 1", "bad 1"],
    ]);
    expect([await fixture.held("in"), await fixture.held("dead")]).toEqual([0, 1]);
    const asked = new GetQueueAttributesCommand({
      QueueUrl: fixture.url("in"),
      AttributeNames: ["RedrivePolicy"],
    });
    // With a space in it, each of Terraform's plans would show a change.
    expect((await fixture.sqs.send(asked)).Attributes).toEqual({
      RedrivePolicy: `{"deadLetterTargetArn":"${arn("dead")}","maxReceiveCount":3}`,
    });
  });

  test("treats an error, a crash and a refused call as a failure of the whole batch", async () => {
    await createFunction(fixture.aws, "fails", `exports.run = async () => { throw new Error("no"); };`);
    await createFunction(fixture.aws, "sink", QUIET);
    await fixture.createQueue("dead");
    const policy = deadLetters("dead", 2);
    for (const queue of ["one", "two", "three"]) await fixture.createQueue(queue, policy);
    fixture.aws.messageRetryMs = 10;
    await Promise.all([fixture.map("one", "fails"), fixture.map("two", "sink")]);
    await fixture.send("one", "a", "b");
    await fixture.aws.settled();
    expect(await fixture.held("dead")).toBe(2);
    fixture.aws.fault("sink", "crash", { times: 1 });
    await fixture.send("two", "c");
    await fixture.aws.settled();
    fixture.aws.fault("sink", { deny: 1 });
    await fixture.send("two", "d");
    await fixture.aws.settled();
    expect(await fixture.held("dead")).toBe(2);
    expect(fixture.bodies.filter(body => body === "c")).toEqual(["c", "c"]);
    expect(fixture.aws.invocations.at(-1)!.payload).toMatchObject({
      Records: [{ body: "d", attributes: { ApproximateReceiveCount: "2" } }],
    });
  });

  test("waits for the visibility timeout when configured to, and settling says in time what waits", async () => {
    await createFunction(fixture.aws, "fails", `exports.run = async () => { throw new Error("no"); };`);
    await fixture.createQueue("in", { VisibilityTimeout: "60" });
    await fixture.map("in", "fails");
    fixture.aws.messageRetryMs = "visibility-timeout";
    await fixture.send("in", "a");
    while (fixture.aws.invocations.length === 0) await new Promise(resolve => setTimeout(resolve, 20));
    await expect(fixture.aws.settled({ timeoutMs: 500 })).rejects.toThrow(
      /did not settle within 500 ms: .*, 1 in in$/,
    );
    expect(fixture.aws.invocations).toHaveLength(1);
  });

  test("is not read while its mapping is disabled, and the API of mappings answers as Terraform expects", async () => {
    await createFunction(fixture.aws, "sink", QUIET, { Timeout: 10 });
    await fixture.createQueue("in");
    const made = await fixture.map("in", "sink", {
      BatchSize: 20,
      MaximumBatchingWindowInSeconds: 5,
      FunctionResponseTypes: ["ReportBatchItemFailures"],
      ScalingConfig: { MaximumConcurrency: 2 },
    });
    expect(made).toMatchObject({
      FunctionArn: "arn:aws:lambda:eu-central-1:123456789012:function:sink",
      EventSourceArn: arn("in"),
      BatchSize: 20,
      FunctionResponseTypes: ["ReportBatchItemFailures"],
      ScalingConfig: { MaximumConcurrency: 2 },
    });
    expect((await fixture.mappings("GET", made.UUID)).body).toEqual(made);
    expect(
      (await fixture.mappings("POST", "", { EventSourceArn: arn("in"), FunctionName: "sink" })).status,
    ).toBe(409);
    expect((await fixture.mappings("PUT", made.UUID, { Enabled: false })).body).toMatchObject({
      State: "Disabled",
      BatchSize: 20,
    });
    await fixture.send("in", "a");
    await new Promise(resolve => setTimeout(resolve, 100));
    expect(await fixture.held("in")).toBe(1);
    expect(fixture.aws.invocations).toEqual([]);
    expect((await fixture.mappings("PUT", made.UUID, { Enabled: true, BatchSize: 1 })).body).toMatchObject({
      State: "Enabled",
    });
    await fixture.aws.settled();
    expect(fixture.bodies).toEqual(["a"]);
    expect(await fixture.mappings("DELETE", made.UUID)).toMatchObject({
      status: 202,
      body: { State: "Deleting" },
    });
    expect((await fixture.mappings("GET", made.UUID)).status).toBe(404);
    await fixture.createQueue("short", { VisibilityTimeout: "9" });
    for (const [wrong, why] of [
      [
        { EventSourceArn: arn("short"), FunctionName: "sink" },
        "Queue visibility timeout: 9 seconds is less than Function timeout: 10 seconds",
      ],
      [{ EventSourceArn: arn("none"), FunctionName: "sink" }, "NonExistentQueue"],
      [
        { EventSourceArn: arn("in"), FunctionName: "sink", FilterCriteria: { Filters: [{}] } },
        "does not support filter criteria",
      ],
      [{ EventSourceArn: arn("in"), FunctionName: "none" }, "not found"],
    ] as const) {
      expect(JSON.stringify((await fixture.mappings("POST", "", wrong)).body)).toContain(why);
    }
  });
});

describe("dead letters", () => {
  test("return to their original queue and are processed there, and the task reports their number", async () => {
    await createFunction(fixture.aws, "sink", QUIET);
    await fixture.createQueue("dead");
    const policy = deadLetters("dead", 1);
    for (const queue of ["one", "two"]) {
      await fixture.createQueue(queue, policy);
      await fixture.map(queue, "sink");
    }
    fixture.aws.fault("sink", "crash");
    await fixture.send("one", "of one");
    await fixture.send("two", "of two");
    await fixture.aws.settled();
    expect(await fixture.held("dead")).toBe(2);
    fixture.aws.clearFaults();
    const before = fixture.records.length;
    await fixture.sqs.send(new StartMessageMoveTaskCommand({ SourceArn: arn("dead") }));
    await fixture.aws.settled();
    expect(
      fixture.records
        .slice(before)
        .map(record => [record.body, record.eventSourceARN])
        .sort(),
    ).toEqual([
      ["of one", arn("one")],
      ["of two", arn("two")],
    ]);
    const { Results } = await fixture.sqs.send(new ListMessageMoveTasksCommand({ SourceArn: arn("dead") }));
    expect(Results).toMatchObject([{ Status: "COMPLETED", ApproximateNumberOfMessagesMoved: 2 }]);
    expect(await fixture.held("dead")).toBe(0);
  });

  test("without an original queue move only to a given destination", async () => {
    await fixture.createQueue("dead");
    await fixture.createQueue("in", deadLetters("dead", 1));
    await fixture.sqs.send(new SendMessageCommand({ QueueUrl: fixture.url("dead"), MessageBody: "by hand" }));
    await fixture.sqs.send(new StartMessageMoveTaskCommand({ SourceArn: arn("dead") }));
    const { Results } = await fixture.sqs.send(new ListMessageMoveTasksCommand({ SourceArn: arn("dead") }));
    expect(Results).toMatchObject([{ Status: "FAILED", FailureReason: "CouldNotDetermineMessageSource" }]);
    await fixture.sqs.send(
      new StartMessageMoveTaskCommand({ SourceArn: arn("dead"), DestinationArn: arn("in") }),
    );
    expect([await fixture.held("dead"), await fixture.held("in")]).toEqual([0, 1]);
    await expect(fixture.sqs.send(new StartMessageMoveTaskCommand({ SourceArn: arn("in") }))).rejects.toThrow(
      "Dead Letter Queue",
    );
    await expect(
      fixture.sqs.send(new StartMessageMoveTaskCommand({ SourceArn: arn("none") })),
    ).rejects.toThrow("doesn't exist");
  });
});

test("service faults affect deliveries, too: a message that cannot be deleted is delivered again", async () => {
  await createFunction(fixture.aws, "sink", QUIET, { Timeout: 1 });
  // Long enough that no other delivery comes in between on a slow machine.
  await fixture.createQueue("in", { VisibilityTimeout: "4" });
  await fixture.map("in", "sink");
  const fault = fixture.aws.faultService(
    request => request.service === "sqs" && request.operation === "DeleteMessage",
    "error",
    {
      times: 1,
    },
  );
  await fixture.send("in", "a");
  await fixture.aws.settled();
  expect([fixture.bodies, fault.failed]).toEqual([["a", "a"], 1]);
});
