import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { clientOptions } from "../runtime/aws-client";
import { DynamoDbItemStore } from "../runtime/dynamodb-item-store";
import { powertoolsLog } from "../runtime/log";
import { embeddedMetrics } from "../runtime/metrics";
import { untraced, xrayWithoutErrors } from "../runtime/tracing";
import { Deliveries } from "./channels/deliveries";
import { mailTransports, type Ses } from "./channels/mail-transport";
import type { TopicMessage } from "./channels/topic-message";
import { webhookPoster } from "./channels/webhook";
import { Configurations } from "./configuration";
import type { Environment } from "./runtime/environment";
import { Secrets } from "./secrets";
import type { Services } from "./services";

/** A service that does not answer must not use up the function's time. */
const CLIENT_OPTIONS = clientOptions({ maxAttempts: 3 });

/** What was sent is asked and noted in short: without it, messages go out all the same. */
const DELIVERIES_OPTIONS = clientOptions({
  maxAttempts: 2,
  connectionTimeoutMs: 1_000,
  requestTimeoutMs: 2_000,
});

/** The notifier's services on AWS; made once a container. What no channel uses is not loaded. */
export function awsServices({ configParameter, deliveriesTable, logLevel, tracing }: Environment): Services {
  const log = powertoolsLog("aurora-users-notifier", logLevel);
  const store = new DynamoDbItemStore(new DynamoDBClient(DELIVERIES_OPTIONS));
  const ssm = new SSMClient(CLIENT_OPTIONS);
  const readParameter = async (Name: string) =>
    (await ssm.send(new GetParameterCommand({ Name, WithDecryption: true }))).Parameter?.Value ?? "";
  return {
    configurations: new Configurations(readParameter, configParameter, log),
    deliveries: new Deliveries(store, deliveriesTable, log),
    secrets: new Secrets(readSecret),
    openMailTransport: mailTransports(ses),
    publish,
    postToWebhook: webhookPoster(),
    log,
    metrics: service => embeddedMetrics(service, "channel"),
    trace: tracing ? xrayWithoutErrors : untraced,
    now: () => new Date(),
  };
}

async function readSecret(SecretId: string): Promise<string> {
  const { GetSecretValueCommand, SecretsManagerClient } = await import("@aws-sdk/client-secrets-manager");
  const client = new SecretsManagerClient({ ...CLIENT_OPTIONS, ...regionOf(SecretId) });
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId }));
  return SecretString ?? "";
}

const sesClients = new Map<string | undefined, Ses>();

async function ses(region: string | undefined): Promise<Ses> {
  const { SESv2Client, SendEmailCommand } = await import("@aws-sdk/client-sesv2");
  const known = sesClients.get(region);
  if (known) return known;
  const made = {
    sesClient: new SESv2Client({ ...CLIENT_OPTIONS, ...(region ? { region } : {}) }),
    SendEmailCommand,
  };
  sesClients.set(region, made);
  return made;
}

async function publish({ topicArn, subject, message, attributes }: TopicMessage): Promise<void> {
  const { PublishCommand, SNSClient } = await import("@aws-sdk/client-sns");
  const values = Object.entries(attributes).map(
    ([key, StringValue]) => [key, { DataType: "String", StringValue }] as const,
  );
  await new SNSClient({ ...CLIENT_OPTIONS, ...regionOf(topicArn) }).send(
    new PublishCommand({
      TopicArn: topicArn,
      Subject: subject,
      Message: message,
      MessageAttributes: Object.fromEntries(values),
    }),
  );
}

/** The region that an ARN names: it may be another one. */
function regionOf(arn: string): { region?: string } {
  const region = arn.split(":")[3];
  return region ? { region } : {};
}
