import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { defined } from "../../core/json";
import { clientOptions } from "../runtime/aws-client";
import { DynamoDbItemStore } from "../runtime/dynamodb-item-store";
import { powertoolsLog } from "../runtime/log";
import { embeddedMetrics } from "../runtime/metrics";
import { untraced, xrayWithoutErrors } from "../runtime/tracing";
import { Deliveries } from "./channels/deliveries";
import { mailTransports, type Ses } from "./channels/mail-transport";
import { Secrets } from "./channels/secrets";
import type { TopicMessage } from "./channels/topic-message";
import { webhookPoster } from "./channels/webhook";
import { Configurations } from "./configuration";
import type { Environment } from "./runtime/environment";
import type { Services } from "./services";

/** A service that does not answer must not use up the function's time. */
const CLIENT_OPTIONS = clientOptions(3);

/** Less time for the record of deliveries: messages are sent without it, too. */
const DELIVERIES_OPTIONS = clientOptions(2, 1_000, 2_000);

/**
 * The notifier's services on AWS, made once for each container. Clients that no channel uses are not loaded.
 */
export function awsServices({ configParameter, deliveriesTable, logLevel, tracing }: Environment): Services {
  const log = powertoolsLog("aurora-users-notifier", logLevel);
  const store = new DynamoDbItemStore(new DynamoDBClient(DELIVERIES_OPTIONS));
  const ssm = new SSMClient(CLIENT_OPTIONS);
  const readParameter = async (Name: string) =>
    (await ssm.send(new GetParameterCommand({ Name, WithDecryption: true }))).Parameter?.Value ?? "";
  return {
    configurations: new Configurations({ read: readParameter, parameter: configParameter, log }),
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
  const client = new SecretsManagerClient(inRegionOf(SecretId));
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId }));
  return SecretString ?? "";
}

const sesClients = new Map<string | undefined, Ses>();

async function ses(region: string | undefined): Promise<Ses> {
  const { SESv2Client, SendEmailCommand } = await import("@aws-sdk/client-sesv2");
  const known = sesClients.get(region);
  if (known) return known;
  const sesClient = new SESv2Client(defined({ ...CLIENT_OPTIONS, region: region || undefined }));
  const made = { sesClient, SendEmailCommand };
  sesClients.set(region, made);
  return made;
}

async function publish({ topicArn, subject, message, attributes }: TopicMessage): Promise<void> {
  const { PublishCommand, SNSClient } = await import("@aws-sdk/client-sns");
  const values = Object.entries(attributes).map(
    ([key, StringValue]) => [key, { DataType: "String", StringValue }] as const,
  );
  const command = new PublishCommand({
    TopicArn: topicArn,
    Subject: subject,
    Message: message,
    MessageAttributes: Object.fromEntries(values),
  });
  await new SNSClient(inRegionOf(topicArn)).send(command);
}

/** Options for a client in the region that an ARN names, which may differ from the function's. */
const inRegionOf = (arn: string) => defined({ ...CLIENT_OPTIONS, region: arn.split(":")[3] || undefined });
