import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { AuditAttributes } from "../../../core/audit";
import type { Json } from "../../../core/json";

/** An item of DynamoDB as JSON. Bytes and sets, which no audit item holds, become objects that no item holds either. */
export const plainItem = (attributes: Record<string, AttributeValue>): AuditAttributes =>
  Object.fromEntries(Object.entries(attributes).map(([name, attribute]) => [name, plainValue(attribute)]));

function plainValue(attribute: AttributeValue): Json {
  if (attribute.S !== undefined) return attribute.S;
  if (attribute.N !== undefined) return Number(attribute.N);
  if (attribute.BOOL !== undefined) return attribute.BOOL;
  if (attribute.NULL !== undefined) return null;
  if (attribute.L !== undefined) return attribute.L.map(plainValue);
  if (attribute.M !== undefined) return plainItem(attribute.M) as Json;
  if (attribute.B !== undefined) return { bytes: Buffer.from(attribute.B).toString("base64") };
  return {
    set: [
      ...(attribute.SS ?? attribute.NS ?? []),
      ...(attribute.BS ?? []).map(b => Buffer.from(b).toString("base64")),
    ],
  };
}
