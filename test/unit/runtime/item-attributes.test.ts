import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import fc from "fast-check";
import type { Json } from "../../../core/json";
import { fromAttributes, toAttributes } from "../../../lambdas/runtime/item-attributes";

/**
 * The encoding that the ledger and the audit trail were written with before: what is stored must not change.
 */
function stored(value: Json | Uint8Array): AttributeValue {
  if (value === null) return { NULL: true };
  if (value instanceof Uint8Array) return { B: value };
  if (typeof value === "string") return { S: value };
  if (typeof value === "number") return { N: String(value) };
  if (typeof value === "boolean") return { BOOL: value };
  if (Array.isArray(value)) return { L: value.map(item => stored(item as Json)) };
  const members = Object.entries(value as { [name: string]: Json | undefined });
  const present = members.filter((member): member is [string, Json] => member[1] !== undefined);
  return { M: Object.fromEntries(present.map(([name, member]) => [name, stored(member)])) };
}

/**
 * No item has a member of this name: names are ours, but for owners in `lastSets`, where reading drops it.
 */
const PROTO = /"__proto__":/;
const jsonValue = fc
  .jsonValue()
  .map(value => JSON.stringify(value).replaceAll("-0", "0"))
  .filter(text => !PROTO.test(text))
  .map(text => JSON.parse(text) as Json);

describe("attributes", () => {
  it("store every JSON value as before, and give it back", () => {
    fc.assert(
      fc.property(jsonValue, value => {
        const attributes = toAttributes({ value });
        expect(attributes).toEqual({ value: stored(value) });
        expect(fromAttributes(attributes)).toEqual({ value });
      }),
    );
  });

  it.each<[string, Json | Uint8Array]>([
    ["an empty text", ""],
    ["an empty list and an empty object", [[], {}]],
    ["null, alone and in a list", [null, [null]]],
    ["numbers, also beyond what is exact", [0, -1, 1.5, 2 ** 53 - 1, 2 ** 60, 1e21, 1e300, 5e-324]],
    ["truth values", [true, false]],
    ["bytes", new Uint8Array([0, 1, 255])],
    ["no bytes", new Uint8Array()],
    ["a buffer, and a part of one", Buffer.from("gzip").subarray(1)],
    [
      "members named as those of every object",
      { constructor: "cs-1", toString: "cs-2", valueOf: { hasOwnProperty: 1 } },
    ],
  ])("store %s as before, and give it back", (_, value) => {
    const attributes = toAttributes({ value });
    expect(attributes).toEqual({ value: stored(value) });
    expect(fromAttributes(attributes)["value"]).toEqual(value);
  });

  it("leave out members that are undefined, at every depth", () => {
    const value = { a: undefined, b: { c: undefined, d: [{ e: undefined, f: 1 }] } };
    expect(toAttributes({ value, none: undefined })).toEqual({ value: stored(value as Json) });
    expect(fromAttributes(toAttributes({ value }))).toEqual({ value: { b: { d: [{ f: 1 }] } } });
  });
});
