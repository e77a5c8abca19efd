import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Json } from "../../../core/json";

type Value = Json | Uint8Array | undefined;

/** JSON (and bytes) as DynamoDB's typed attributes. Members that are undefined are left out. */
export function toAttributes(members: { readonly [name: string]: Value }): Record<string, AttributeValue> {
  const present = Object.entries(members).filter(
    (member): member is [string, Exclude<Value, undefined>] => member[1] !== undefined,
  );
  return Object.fromEntries(present.map(([name, value]) => [name, toAttribute(value)]));
}

export function fromAttributes(
  attributes: Record<string, AttributeValue>,
): Record<string, Json | Uint8Array> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, attribute]) => [name, fromAttribute(attribute)]),
  );
}

function toAttribute(value: Exclude<Value, undefined>): AttributeValue {
  if (value === null) return { NULL: true };
  if (value instanceof Uint8Array) return { B: value };
  if (typeof value === "string") return { S: value };
  if (typeof value === "number") return { N: String(value) };
  if (typeof value === "boolean") return { BOOL: value };
  if (Array.isArray(value)) return { L: value.map(item => toAttribute(item ?? null)) };
  return { M: toAttributes(value as { [name: string]: Json | undefined }) };
}

function fromAttribute(attribute: AttributeValue): Json | Uint8Array {
  if (attribute.S !== undefined) return attribute.S;
  if (attribute.N !== undefined) return Number(attribute.N);
  if (attribute.BOOL !== undefined) return attribute.BOOL;
  if (attribute.B !== undefined) return attribute.B;
  if (attribute.L !== undefined) return attribute.L.map(item => fromAttribute(item) as Json);
  if (attribute.M !== undefined) return fromAttributes(attribute.M) as { [name: string]: Json };
  return null;
}
