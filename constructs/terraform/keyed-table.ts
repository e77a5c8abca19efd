import { DynamodbTable, type DynamodbTableConfig } from "@cdktf/provider-aws/lib/dynamodb-table";
import type { Construct } from "constructs";
import { type ResourceConfig, resource } from "./address";

/** A DynamoDB table with the keys `pk` and `sk`, paid by request. */
export function keyedTable(
  scope: Construct,
  id: string,
  config: ResourceConfig<DynamodbTableConfig>,
): DynamodbTable {
  return resource(DynamodbTable, scope, id, {
    billingMode: "PAY_PER_REQUEST",
    hashKey: "pk",
    rangeKey: "sk",
    attribute: [
      { name: "pk", type: "S" },
      { name: "sk", type: "S" },
    ],
    ...config,
  });
}
