import * as z from "zod";
import { enforceRequestSchema } from "../../core/contract/enforcement";
import {
  applyRequestSchema,
  clustersRequestSchema,
  previewRequestSchema,
  reachRequestSchema,
} from "../../core/contract/payload";
import { rotationRequestSchema } from "../../lambdas/reconciler/rotate/rotated-secret";
import { type JsonSchema, type Place, placesOf, placesOnce, sampleAt, valueWith } from "./schema-places";

/** What the functions get, by what it asks for. */
export const REQUESTS = {
  preview: previewRequestSchema,
  apply: applyRequestSchema,
  clusters: clustersRequestSchema,
  reach: reachRequestSchema,
  enforce: enforceRequestSchema,
  rotate: rotationRequestSchema,
} as const;
export type RequestName = keyof typeof REQUESTS;

const account = { kind: "service", user: "x", databases: { orders: { role: "read" } } };
const set = {
  status: "changes",
  statements: { "0001": "CREATE USER 'sl_x'@'%'" },
  notes: [],
  plannedAt: "2026-01-01T00:00:00Z",
  plannedBy: "mallory",
};
/** Values that the schemas do not say. */
const KNOWN = {
  cluster: "orders",
  kind: "service",
  roster: { roles: { read: ["SELECT"] }, accounts: { sl_x: account } },
  roles: { read: ["SELECT"] },
  accounts: { sl_x: account },
  databases: { orders: { role: "read" } },
  role: "read",
  changeSet: { "cs-20260101T000000Z-00000000": set },
  statements: set.statements,
  plannedAt: set.plannedAt,
  formerly: "sl_y",
  hosts: ["127.%"],
  "accounts{}": "sl_x",
  "changeSet{}": "cs-20260101T000000Z-00000000",
  "statements{}": "0001",
  "objects{}": "`orders`.`t`",
  expires: "2027-04-01T00:00:00Z",
};

const SCHEMAS = Object.fromEntries(
  Object.entries(REQUESTS).map(([name, schema]) => [
    name,
    z.toJSONSchema(schema as z.ZodType, { io: "input" }),
  ]),
) as unknown as Record<RequestName, JsonSchema>;

/** Every place of every request. */
export const REQUEST_PLACES: readonly (readonly [RequestName, Place])[] = (
  Object.keys(REQUESTS) as RequestName[]
).flatMap(name => placesOnce(placesOf(SCHEMAS[name])).map(place => [name, place] as const));

/** A request with the text in the place, and else valid. */
export const requestWith = (name: RequestName, place: Place, text: unknown): object =>
  valueWith(SCHEMAS[name], place, text, KNOWN) as object;

/** A valid request that has the place. */
export const validRequest = (name: RequestName, place: Place): object =>
  requestWith(name, place, sampleAt(SCHEMAS[name], place, KNOWN));
