import { DynamodbTable, type DynamodbTableConfig } from "@cdktf/provider-aws/lib/dynamodb-table";
import type { Construct } from "constructs";
import { withLogicalId } from "./address";

/** A DynamoDB table with the keys `pk` and `sk`, paid by request. */
export function keyedTable(
  scope: Construct,
  id: string,
  logicalId: string,
  config: Pick<DynamodbTableConfig, "name"> & Partial<DynamodbTableConfig>,
): DynamodbTable {
  const table = new DynamodbTable(scope, id, {
    billingMode: "PAY_PER_REQUEST",
    hashKey: "pk",
    rangeKey: "sk",
    attribute: [
      { name: "pk", type: "S" },
      { name: "sk", type: "S" },
    ],
    ...config,
  });
  return withLogicalId(table, logicalId);
}
