import {
  CreateEventBusCommand,
  EventBridgeClient,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import {
  DeleteParameterCommand,
  DeleteParametersCommand,
  PutParameterCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { LEAVING_PATTERN } from "../../../core/contract/offboarding";
import { leavingEvent } from "../../support/identity-center/leaving-events";
import { createFunction, createRole } from "../lambda/uploaded-function";
import { arn, QueueFixture } from "./queue-fixture";

jest.setTimeout(30_000);

const QUIET = "exports.run = async () => {};";
let fixture: QueueFixture;
let events: EventBridgeClient;
let ssm: SSMClient;
beforeAll(async () => {
  fixture = await QueueFixture.start();
  events = new EventBridgeClient(fixture.options);
  ssm = new SSMClient(fixture.options);
}, 120_000);
afterAll(async () => {
  for (const client of [events, ssm]) client?.destroy();
  await fixture?.stop();
});
beforeEach(async () => {
  await fixture.aws.reset();
  await createRole(fixture.aws);
});

async function rule(
  name: string,
  pattern: object,
  queues: readonly string[],
  bus = "default",
): Promise<void> {
  await events.send(
    new PutRuleCommand({ Name: name, EventPattern: JSON.stringify(pattern), EventBusName: bus }),
  );
  const Targets = queues.map(queue => ({ Id: queue, Arn: arn(queue) }));
  await events.send(new PutTargetsCommand({ Rule: name, EventBusName: bus, Targets }));
  expect(
    (await events.send(new ListTargetsByRuleCommand({ Rule: name, EventBusName: bus }))).Targets,
  ).toEqual(Targets);
}

describe("events", () => {
  test("reach the queues of matching rules, on the default and on a named bus, with an unchanged detail", async () => {
    await createFunction(fixture.aws, "sink", QUIET);
    for (const queue of ["one", "two", "other"]) await fixture.createQueue(queue);
    await events.send(new CreateEventBusCommand({ Name: "ours" }));
    await rule("access", { source: ["aurora-users"], "detail-type": [{ prefix: "access." }] }, [
      "one",
      "two",
    ]);
    await rule("elsewhere", { source: ["aurora-users"] }, ["other"], "ours");
    await fixture.map("one", "sink");
    fixture.aws.clock.advance(86_400_000);
    const detail = { who: `<id> <time> "<b>é\n`, n: 1, none: null, list: [], deep: { a: ["<detail>"] } };
    const entry = {
      Source: "aurora-users",
      DetailType: "access.granted",
      Detail: JSON.stringify(detail),
      Resources: ["r"],
    };
    const Entries = [
      ...[
        entry,
        { ...entry, DetailType: "drift.detected" },
        { ...entry, EventBusName: "ours" },
        { ...entry, Detail: "{" },
      ],
    ];
    expect(await events.send(new PutEventsCommand({ Entries }))).toMatchObject({ FailedEntryCount: 1 });
    await fixture.aws.settled();
    const [body] = fixture.bodies;
    expect(fixture.bodies).toHaveLength(1);
    const event = JSON.parse(body!) as Record<string, unknown>;
    expect(event).toMatchObject({
      version: "0",
      source: "aurora-users",
      "detail-type": "access.granted",
      account: "123456789012",
      resources: ["r"],
      region: "eu-central-1",
      id: expect.any(String),
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    });
    expect(event["detail"]).toEqual(detail);
    expect(Math.abs(Date.parse(event["time"] as string) - fixture.aws.clock.now().getTime())).toBeLessThan(
      10_000,
    );
    expect([await fixture.held("two"), await fixture.held("other")]).toEqual([1, 1]);
    expect(fixture.aws.events).toEqual([
      { source: "aurora-users", detailType: "access.granted", detail, bus: "default" },
      { source: "aurora-users", detailType: "drift.detected", detail, bus: "default" },
      { source: "aurora-users", detailType: "access.granted", detail, bus: "ours" },
    ]);
  });

  test("of users who leave reach the function by the rule for them, and those of others do not", async () => {
    await createFunction(fixture.aws, "sink", QUIET);
    await fixture.createQueue("leaving");
    await rule("leaving", LEAVING_PATTERN, ["leaving"]);
    await fixture.map("leaving", "sink", { BatchSize: 1 });
    const entry = ({ detail, source, ...event }: ReturnType<typeof leavingEvent>) => ({
      Source: source,
      DetailType: event["detail-type"],
      Detail: JSON.stringify(detail),
    });
    const leaving = (["DeleteUser", "DisableUser"] as const).map(name => entry(leavingEvent(name, "id-1")));
    const other = { ...leavingEvent("DeleteUser", "id-2") };
    const created = { ...other, detail: { ...other.detail, eventName: "CreateUser" as never } };
    const ofIam = { ...other, source: "aws.iam" };
    await events.send(new PutEventsCommand({ Entries: [...leaving, entry(created), entry(ofIam)] }));
    await fixture.aws.settled();
    const details = fixture.bodies.map(body => JSON.parse(body).detail as { eventName: string });
    // A standard queue keeps no order.
    details.sort((a, b) => (a.eventName < b.eventName ? -1 : 1));
    expect(details).toEqual(leaving.map(({ Detail }) => JSON.parse(Detail)));
  });

  test("of Parameter Store are published when a parameter is created, updated or deleted, and reach the function", async () => {
    await createFunction(fixture.aws, "sink", QUIET);
    await fixture.createQueue("changes");
    const detail = { name: [{ prefix: "/aurora-users/" }], operation: ["Create", "Update", "Delete"] };
    await rule("ssm", { source: ["aws.ssm"], "detail-type": ["Parameter Store Change"], detail }, [
      "changes",
    ]);
    await fixture.map("changes", "sink", { BatchSize: 1 });
    const last = async () => {
      await fixture.aws.settled();
      return JSON.parse(fixture.bodies.at(-1)!) as Record<string, unknown>;
    };
    const Name = "/aurora-users/a/orders";
    await ssm.send(new PutParameterCommand({ Name, Type: "String", Value: "1", Description: "of orders" }));
    expect(await last()).toMatchObject({
      source: "aws.ssm",
      "detail-type": "Parameter Store Change",
      account: "123456789012",
      region: "eu-central-1",
      resources: ["arn:aws:ssm:eu-central-1:123456789012:parameter/aurora-users/a/orders"],
      detail: { operation: "Create", name: Name, type: "String", description: "of orders" },
    });
    await ssm.send(new PutParameterCommand({ Name, Value: "2", Overwrite: true }));
    expect((await last())["detail"]).toMatchObject({ operation: "Update", name: Name, type: "String" });
    await expect(ssm.send(new PutParameterCommand({ Name, Type: "String", Value: "3" }))).rejects.toThrow();
    await ssm.send(new PutParameterCommand({ Name: "/elsewhere", Type: "String", Value: "1" }));
    await ssm.send(new DeleteParameterCommand({ Name }));
    expect((await last())["detail"]).toMatchObject({ operation: "Delete", name: Name, type: "String" });
    expect(fixture.bodies).toHaveLength(3);
    await ssm.send(new PutParameterCommand({ Name, Type: "StringList", Value: "1" }));
    await fixture.aws.settled();
    await ssm.send(new DeleteParametersCommand({ Names: [Name, "/elsewhere", "/none"] }));
    expect((await last())["detail"]).toMatchObject({ operation: "Delete", name: Name, type: "StringList" });
    expect(fixture.bodies).toHaveLength(5);
    expect(fixture.aws.events).toEqual([]);
  });
});

test("a reset removes mappings and events, and sets the clock to real time", async () => {
  await createFunction(fixture.aws, "sink", QUIET);
  await fixture.createQueue("in");
  await fixture.map("in", "sink");
  fixture.aws.clock.advance(60_000);
  fixture.aws.messageRetryMs = 1;
  await events.send(new PutEventsCommand({ Entries: [{ Source: "s", DetailType: "d", Detail: "{}" }] }));
  await fixture.aws.reset();
  expect([fixture.aws.events, fixture.aws.clock.offsetMs, fixture.aws.messageRetryMs]).toEqual([[], 0, 200]);
  await fixture.createQueue("in");
  await fixture.send("in", "a");
  await new Promise(resolve => setTimeout(resolve, 100));
  const { Messages } = await fixture.sqs.send(
    new ReceiveMessageCommand({ QueueUrl: fixture.url("in"), WaitTimeSeconds: 0 }),
  );
  expect(Messages).toHaveLength(1);
});
