import { type AttributeValue, DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { CALLER_CREDENTIALS, FUNCTION_CREDENTIALS } from "../../local/aws/aws-endpoint";
import type { AwsRequest } from "../../local/aws-http/aws-request";
import type { World } from "../../test/support/terraform/world";

/** What one run of one cluster uses. */
export interface RunCounts {
  readonly functionCalls: number;
  /** Of all calls, as measured on this machine. */
  readonly functionMs: number;
  /** By service and operation. */
  readonly requests: Readonly<Record<string, number>>;
  readonly readUnits: number;
  readonly writeUnits: number;
  /** Of new items of the audit trail. */
  readonly auditBytes: number;
  readonly logBytes: number;
  /** The distinct custom metrics. */
  readonly metrics: readonly string[];
}

type Attributes = Readonly<Record<string, AttributeValue>>;

interface Body {
  readonly TableName?: string;
  readonly Key?: Attributes;
  readonly Item?: Attributes;
  readonly ExpressionAttributeValues?: Attributes;
  readonly TransactItems?: readonly { readonly Put: Body }[];
}

/** Counts what the functions do while `work` runs. */
export async function countRun(world: World, work: () => Promise<void>): Promise<RunCounts> {
  const { aws } = world.cloud;
  const seen: AwsRequest[] = [];
  const watching = aws.faultService(request => {
    if (request.accessKeyId === FUNCTION_CREDENTIALS.accessKeyId) seen.push(request);
    return false;
  }, "error");
  const callsBefore = aws.invocations.length;
  await work();
  watching.clear();
  const calls = aws.invocations.slice(callsBefore);
  const items = await allItems(world);
  const tables = seen.filter(({ service }) => service === "dynamodb");
  const writes = tables.flatMap(({ body }) => writesOf(body as Body));
  const requests: Record<string, number> = {};
  for (const { operation, service } of seen) {
    const name = `${service} ${operation}`;
    requests[name] = (requests[name] ?? 0) + 1;
  }
  return {
    functionCalls: calls.length,
    functionMs: calls.reduce((sum, { durationMs }) => sum + durationMs, 0),
    requests,
    readUnits: tables.reduce((sum, request) => sum + readUnits(request, items), 0),
    writeUnits: writes.reduce((sum, { units }) => sum + units, 0),
    auditBytes: writes.reduce((sum, { bytes, table }) => sum + (table.endsWith("-audit") ? bytes : 0), 0),
    logBytes: calls.reduce((sum, { logs }) => sum + Buffer.byteLength(logs), 0),
    metrics: [...new Set(calls.flatMap(({ logs }) => metricsIn(logs)))].sort(),
  };
}

/** A write unit is 1 KB; a transaction takes two for each. */
function writesOf({ TransactItems, ...one }: Body): { units: number; bytes: number; table: string }[] {
  const write = ({ Item, TableName = "" }: Body, factor: number) => {
    if (Item === undefined) return [];
    const bytes = sizeOf(Item);
    return [{ units: factor * Math.ceil(bytes / 1024), bytes, table: TableName }];
  };
  return TransactItems ? TransactItems.flatMap(({ Put }) => write(Put, 2)) : write(one, 1);
}

/** A strongly consistent read unit is 4 KB. The sizes are those after the run. */
function readUnits({ body, operation }: AwsRequest, items: readonly Attributes[]): number {
  const { ExpressionAttributeValues: values, Key } = body as Body;
  if (operation !== "GetItem" && operation !== "Query") return 0;
  const read = items.filter(({ pk, sk }) =>
    operation === "GetItem"
      ? pk!.S === Key!["pk"]!.S && sk!.S === Key!["sk"]!.S
      : pk!.S === values![":pk"]!.S && sk!.S!.startsWith(values![":sk"]?.S ?? ""),
  );
  return Math.max(1, Math.ceil(read.reduce((sum, item) => sum + sizeOf(item), 0) / 4096));
}

async function allItems({ cloud }: World): Promise<Attributes[]> {
  const { endpoint, region } = cloud.description;
  const client = new DynamoDBClient({ endpoint, region, credentials: CALLER_CREDENTIALS });
  const tables = ["shared-ledger", "shared-audit"];
  const found = await Promise.all(
    tables.map(async TableName => (await client.send(new ScanCommand({ TableName }))).Items ?? []),
  );
  client.destroy();
  return found.flat();
}

/** Names and values, as DynamoDB counts them; for numbers and nested values a little more. */
const sizeOf = (item: Attributes): number =>
  Object.entries(item).reduce((sum, [name, value]) => {
    const { B, S } = value;
    // In a request, binary is Base64 text.
    const bytes = typeof B === "string" ? (B as string).length * 0.75 : B?.length;
    return sum + name.length + (bytes ?? Buffer.byteLength(S ?? JSON.stringify(value)));
  }, 0);

/** The metrics of log lines in the embedded metric format, with their dimensions' values. */
function metricsIn(logs: string): string[] {
  return logs.split("\n").flatMap(line => {
    if (!line.includes('"_aws"')) return [];
    const entry = JSON.parse(line) as Record<string, unknown> & {
      _aws: { CloudWatchMetrics: { Dimensions: string[][]; Metrics: { Name: string }[] }[] };
    };
    return entry._aws.CloudWatchMetrics.flatMap(({ Dimensions, Metrics }) =>
      Metrics.flatMap(({ Name }) => Dimensions.map(names => [Name, ...names].join(" by "))),
    );
  });
}
