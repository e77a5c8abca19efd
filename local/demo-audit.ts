import { DynamoDBClient, paginateQuery } from "@aws-sdk/client-dynamodb";

import type { Json } from "../core/json";
import { fromAttributes } from "../lambdas/reconciler/attribute-value";
import { auditHash } from "../lambdas/reconciler/audit-trail";
import type { CloudDescription } from "./cloud";

export interface AuditRecord {
  readonly [attribute: string]: Json | undefined;
}

/** A cluster's audit trail, oldest entry first, read from the table as anybody may who is allowed to. */
export async function readAudit({ endpoint, region }: CloudDescription, cluster: string): Promise<AuditRecord[]> {
  const client = new DynamoDBClient({ endpoint, region });
  const records: AuditRecord[] = [];
  const query = {
    TableName: "aurora-users-audit",
    KeyConditionExpression: "pk = :cluster AND sk < :head",
    ExpressionAttributeValues: { ":cluster": { S: cluster }, ":head": { S: "head" } },
  };
  for await (const page of paginateQuery({ client }, query))
    records.push(...(page.Items ?? []).map(item => fromAttributes(item) as AuditRecord));
  client.destroy();
  return records;
}

/** Whether each entry has its own hash and names that of the one before: nothing was changed or taken out. */
export const isChained = (records: readonly AuditRecord[]): boolean =>
  records.every(
    (record, index) => record["hash"] === auditHash(record) && record["prevHash"] === (records[index - 1]?.["hash"] ?? ""),
  );
