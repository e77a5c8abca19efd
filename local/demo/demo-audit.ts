import { DynamoDBClient, paginateQuery, UpdateItemCommand } from "@aws-sdk/client-dynamodb";

import type { Json } from "../../core/json";
import { fromAttributes } from "../../lambdas/runtime/item-attributes";
import type { CloudDescription } from "../cloud/cloud";

const TABLE = "aurora-users-audit";

export interface AuditRecord {
  readonly [attribute: string]: Json | undefined;
}

/** The items of a cluster's audit trail, oldest first. They are read directly from the table. */
export async function readAudit(
  { endpoint, region }: CloudDescription,
  cluster: string,
): Promise<AuditRecord[]> {
  const client = new DynamoDBClient({ endpoint, region });
  const records: AuditRecord[] = [];
  const query = {
    TableName: TABLE,
    KeyConditionExpression: "pk = :cluster AND sk < :head",
    ExpressionAttributeValues: { ":cluster": { S: cluster }, ":head": { S: "head" } },
  };
  for await (const page of paginateQuery({ client }, query))
    records.push(...(page.Items ?? []).map(item => fromAttributes(item) as AuditRecord));
  client.destroy();
  return records;
}

/** Changes the name in an item, directly in the table. */
export async function tamper(
  { endpoint, region }: CloudDescription,
  { pk, sk }: AuditRecord,
  who: string,
): Promise<void> {
  const client = new DynamoDBClient({ endpoint, region });
  const change = { UpdateExpression: "SET who = :who", ExpressionAttributeValues: { ":who": { S: who } } };
  await client.send(
    new UpdateItemCommand({
      TableName: TABLE,
      Key: { pk: { S: String(pk) }, sk: { S: String(sk) } },
      ...change,
    }),
  );
  client.destroy();
}
