import { DynamoDBClient, PutItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { Deliveries, type DeliveryStore } from "./channels/deliveries";
import { mailTransports, type Ses } from "./channels/mail-transport";
import { webhookPoster } from "./channels/webhook";
import { Configurations } from "./configuration";
import type { Environment } from "./runtime/environment";
import { powertoolsLog, powertoolsMeasures, powertoolsTrace } from "./runtime/powertools";
import { untraced } from "./runtime/telemetry";
import { Secrets } from "./secrets";
import type { Services, TopicMessage } from "./services";

/** A service that does not answer must not use up the function's time. */
const CLIENT_OPTIONS = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
} as const;

/** What was sent is asked and noted in short: without it, messages go out all the same. */
const DELIVERIES_OPTIONS = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
} as const;

/** The notifier's services on AWS; made once a container. What no channel uses is not loaded. */
export function awsServices({ configParameter, deliveriesTable, logLevel, tracing }: Environment): Services {
  const log = powertoolsLog(logLevel);
  const ssm = new SSMClient(CLIENT_OPTIONS);
  const readParameter = async (Name: string) =>
    (await ssm.send(new GetParameterCommand({ Name, WithDecryption: true }))).Parameter?.Value ?? "";
  return {
    configurations: new Configurations(readParameter, configParameter, log),
    deliveries: new Deliveries(dynamoDbStore(new DynamoDBClient(DELIVERIES_OPTIONS), deliveriesTable), log),
    secrets: new Secrets(readSecret),
    openMailTransport: mailTransports(ses),
    publish,
    postToWebhook: webhookPoster(),
    log,
    measures: powertoolsMeasures,
    trace: tracing ? powertoolsTrace : untraced,
    now: () => new Date(),
  };
}

function dynamoDbStore(client: DynamoDBClient, TableName: string): DeliveryStore {
  return {
    async list(pk, prefix) {
      const command = new QueryCommand({
        ...{ TableName, ConsistentRead: true, ProjectionExpression: "sk" },
        KeyConditionExpression: "pk = :pk AND begins_with(sk, :sk)",
        ExpressionAttributeValues: { ":pk": { S: pk }, ":sk": { S: prefix } },
      });
      return ((await client.send(command)).Items ?? []).map(item => item["sk"]?.S ?? "");
    },
    async put({ pk, sk, ttl }) {
      await client.send(
        new PutItemCommand({ TableName, Item: { pk: { S: pk }, sk: { S: sk }, ttl: { N: String(ttl) } } }),
      );
    },
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
