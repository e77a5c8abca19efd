import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { CreateEmailIdentityCommand, SESv2Client } from "@aws-sdk/client-sesv2";
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import PostalMime from "postal-mime";
import { type Channel, type ChannelOf, DEFAULT_EVENTS } from "../../../core/events/notifications";
import { CALLER_CREDENTIALS, type LocalAws, REGION, startAws } from "../../../local/aws/aws-endpoint";
import { type MailServer, startMailServer } from "../../../local/mail/mail-server";
import { createTable } from "../../support/create-table";
import { drift, failed, granted } from "../../support/notifier-events";
import { batch, CONFIG, configOf } from "../../support/notifier-services";
import { createFunction, createRole } from "../lambda/uploaded-function";

const ROOT = join(__dirname, "..", "..", "..");
let aws: LocalAws;
let mail: MailServer;
let folder: string;
const client = () => ({ endpoint: aws.endpoint, region: REGION, credentials: CALLER_CREDENTIALS });
const queueUrl = () => `${aws.endpoint}/${aws.accountId}/seen`;

interface SesRequest {
  readonly FromEmailAddress: string;
  readonly Destination: { readonly ToAddresses: readonly string[] };
  readonly Content: { readonly Raw: { readonly Data: string } };
}

/** From now on, what SES is asked: moto takes it, and has no way to say what it took. */
function watchSes(): SesRequest[] {
  const asked: SesRequest[] = [];
  const watch = (request: { service: string; body: unknown }) => {
    if (request.service === "ses") asked.push(request.body as SesRequest);
    return false;
  };
  aws.faultService(watch, "error");
  return asked;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "aurora-users-notifier-"));
  const zip = join(folder, "notifier.zip");
  [aws, mail] = await Promise.all([
    startAws(),
    startMailServer(),
    promisify(execFile)(process.execPath, [join(ROOT, "scripts", "bundle-functions.mjs"), zip, "notifier"]),
  ]);
  const { host, port, ca, username, password } = mail;
  const secret = await new SecretsManagerClient(client()).send(
    new CreateSecretCommand({
      Name: "smtp",
      SecretString: JSON.stringify({ host, port, ca, username, password }),
    }),
  );
  const sns = new SNSClient(client());
  const topic = await sns.send(new CreateTopicCommand({ Name: "alarms" }));
  await new SQSClient(client()).send(new CreateQueueCommand({ QueueName: "seen" }));
  const Endpoint = `arn:aws:sqs:${REGION}:${aws.accountId}:seen`;
  await sns.send(new SubscribeCommand({ TopicArn: topic.TopicArn, Protocol: "sqs", Endpoint }));
  await new SESv2Client(client()).send(
    new CreateEmailIdentityCommand({ EmailIdentity: "access@example.com" }),
  );
  const post: Omit<ChannelOf<"email">, "name" | "transport"> = {
    type: "email",
    events: DEFAULT_EVENTS.email,
    from: "Access <access@example.com>",
    to: { person: true, owners: false, addresses: ["ops@example.com"] },
  };
  const channels: Channel[] = [
    { ...post, name: "ses", transport: { type: "ses" } },
    { ...post, name: "smtp", transport: { type: "smtp", secretArn: secret.ARN! } },
    { name: "alarms", type: "sns", events: DEFAULT_EVENTS.sns, topicArn: topic.TopicArn! },
  ];
  await new SSMClient(client()).send(
    new PutParameterCommand({ Name: CONFIG, Type: "String", Value: JSON.stringify(configOf(channels)) }),
  );
  await createTable(new DynamoDBClient(client()), "deliveries");
  await createRole(aws);
  const Variables = { CONFIG_PARAMETER: CONFIG, DELIVERIES_TABLE: "deliveries" };
  const shape = {
    Handler: "index.notify",
    Timeout: 30,
    Code: { ZipFile: readFileSync(zip).toString("base64") },
  };
  await createFunction(aws, "notifier", "", { ...shape, Environment: { Variables } } as never);
  await createFunction(aws, "traced", "", {
    ...shape,
    Environment: { Variables: { ...Variables, TRACING: "true" } },
  } as never);
}, 180_000);
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await Promise.all([aws?.stop(), mail?.stop()]);
});
afterEach(() => aws.clearFaults());

const numbered = <T extends { detail: { id: string } }>(event: T, id: number): T => ({
  ...event,
  detail: { ...event.detail, id: String(id).padStart(32, "0") },
});
const run = async (queue: string, events: Parameters<typeof batch>[1], name = "notifier") => {
  const { result, logs, functionError } = await aws.invoke(name, batch(queue, events));
  expect(functionError).toBeUndefined();
  const lines = logs
    .split("\n")
    .filter(line => line.startsWith("{"))
    .map(line => JSON.parse(line) as Record<string, unknown>);
  const { batchItemFailures } = result as { batchItemFailures: { itemIdentifier: string }[] };
  return { failures: batchItemFailures.map(({ itemIdentifier }) => itemIdentifier), lines, logs };
};

describe("the notifier's zip", () => {
  it("sends by SMTP once, with a log line and a metric without the message's content", async () => {
    const events = [numbered(granted(), 1), numbered(failed(), 2)];
    const { failures, lines, logs } = await run("q-smtp", events);
    expect([failures, mail.messages.map(({ envelope }) => envelope.to)]).toEqual([
      [],
      [["jane.doe@example.com"], ["ops@example.com"]],
    ]);
    expect(lines.filter(line => line["message"] === "sent")).toMatchObject([
      {
        level: "INFO",
        service: "notifier",
        event: "access.granted",
        cluster: "orders",
        channel: "smtp",
        account: "sl_jane.doe",
      },
      {
        level: "INFO",
        service: "notifier",
        event: "reconcile.failed",
        correlation_id: failed().detail.correlationId,
      },
    ]);
    expect(lines.filter(line => line["_aws"])).toMatchObject([
      {
        service: "notifier",
        channel: "smtp",
        MessagesSent: 1,
        _aws: {
          CloudWatchMetrics: [
            {
              Namespace: "AuroraUsers",
              Dimensions: [["service", "channel"]],
              Metrics: [{ Name: "MessagesSent", Unit: "Count" }],
            },
          ],
        },
      },
      { MessagesSent: 1 },
    ]);
    expect(logs).not.toMatch(/@example\.com|Jane|INC-1234|correct horse/);
    expect(await run("q-smtp", events)).toMatchObject({ failures: [] });
    expect(mail.messages).toHaveLength(2);
    const { Items = [] } = await new DynamoDBClient(client()).send(
      new ScanCommand({ TableName: "deliveries" }),
    );
    expect(Items).toHaveLength(2);
    expect(Number(Items[0]!["ttl"]!.N)).toBeGreaterThan(Date.now() / 1000 + 13 * 86_400);
  });

  it("sends the person's and the list's mails by SES", async () => {
    const asked = watchSes();
    expect(await run("q-ses", [numbered(granted(), 11), numbered(drift(), 12)])).toMatchObject({
      failures: [],
    });
    expect(asked.map(({ FromEmailAddress }) => FromEmailAddress)).toEqual(
      Array(2).fill("Access <access@example.com>"),
    );
    expect(asked.map(({ Destination }) => Destination)).toEqual([
      { ToAddresses: ["jane.doe@example.com"] },
      { ToAddresses: ["ops@example.com"] },
    ]);
    const { from, subject, text, html } = await PostalMime.parse(
      Buffer.from(asked[0]!.Content.Raw.Data, "base64"),
    );
    expect([from?.address, subject]).toEqual(["access@example.com", "orders: sl_jane.doe can log in now"]);
    expect([text, html]).toEqual([
      expect.stringContaining("HOW TO LOG IN"),
      expect.stringContaining("How to log in"),
    ]);
  });

  it("gives back a message that SES throttles, and sends it when it comes again", async () => {
    const throttled = aws.faultService(request => request.service === "ses", {
      status: 429,
      type: "TooManyRequestsException",
    });
    const { failures, lines } = await run("q-ses", [numbered(granted(), 21)]);
    expect([failures, throttled.failed]).toEqual([["m1"], 3]);
    expect(lines.find(line => line["level"] === "ERROR")).toMatchObject({
      message: "message failed",
      channel: "ses",
      code: "DeliveryFailed",
      httpStatus: 429,
    });
    expect(lines.find(line => line["_aws"])).toMatchObject({ MessageFailures: 1, channel: "ses" });
    throttled.clear();
    const asked = watchSes();
    expect(await run("q-ses", [numbered(granted(), 21)])).toMatchObject({ failures: [] });
    expect(asked).toHaveLength(1);
  });

  it("publishes to SNS, with a subject and attributes to filter by", async () => {
    expect(await run("q-alarms", [numbered(failed(), 31), numbered(granted(), 32)])).toMatchObject({
      failures: [],
    });
    const { Messages = [] } = await new SQSClient(client()).send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl(), MaxNumberOfMessages: 10 }),
    );
    expect(Messages.map(({ Body }) => JSON.parse(Body!))).toMatchObject([
      {
        Subject: "orders: the apply failed (StatementsFailed)",
        Message: expect.stringContaining("2 of 5 statements did not run"),
        MessageAttributes: { event: { Value: "reconcile.failed" }, cluster: { Value: "orders" } },
      },
    ]);
  });

  it("sends also while access to the table of sent messages is denied", async () => {
    aws.faultService(request => request.service === "dynamodb", "deny");
    const before = mail.messages.length;
    const { failures, lines } = await run("q-smtp", [numbered(granted(), 41)]);
    expect([failures, mail.messages.length]).toEqual([[], before + 1]);
    expect(lines.filter(line => line["level"] === "ERROR").map(line => line["message"])).toEqual([
      ...["deliveries not read", "delivery not recorded"],
    ]);
  });

  it("works with tracing switched on", async () => {
    const before = mail.messages.length;
    expect(await run("q-smtp", [numbered(granted(), 51)], "traced")).toMatchObject({ failures: [] });
    expect(mail.messages).toHaveLength(before + 1);
  });
});
