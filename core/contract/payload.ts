import * as z from "zod";
import { MAX_OBJECT_LENGTH } from "../roster/granted-object";
import { MAX_DATABASE_LENGTH, rosterSchema } from "../roster/roster";
import { PROTOCOL } from "./protocol";
import { clusterNameSchema } from "./registry-entry";

/** What the deletion of a hook does to the accounts that remain. */
export const REMOVAL_POLICIES = ["protect", "remove", "retain"] as const;
export type RemovalPolicy = (typeof REMOVAL_POLICIES)[number];

const line = (max: number) => z.string().max(max);

/**
 * The ordered statements that turn the observed state into the roster, as a reviewer sees them in the plan.
 * - `changes`: the statements that apply may run
 * - `none`: nothing to do in the database
 * - `unseen`: no one reviews the set before it runs, so it only creates accounts that do not exist
 * - `unverified`: the database could not be observed; the set permits nothing
 * - `refused`: the roster may not be applied (above the ceiling, another owner's cluster); the set permits
 *   nothing
 */
export const changeSetBodySchema = z
  .strictObject({
    status: z.enum(["changes", "none", "unseen", "unverified", "refused"]),
    /** The SQL, by position (`0001`). */
    statements: z.record(z.string().regex(/^\d{4,6}$/), z.string().min(1).max(65_536)).readonly(),
    /** What a reviewer must know in addition to the statements, such as accounts that nobody declared. */
    notes: z.array(line(4096)).max(1000).readonly(),
    plannedAt: z.iso.datetime(),
    plannedBy: line(2048),
    reference: line(1024).optional(),
  })
  .readonly();

/**
 * Exactly one set, keyed by its id, so that after a failure the next plan shows all of its statements again.
 */
export const changeSetSchema = z
  .record(z.string().min(1).max(64), changeSetBodySchema)
  .refine(set => Object.keys(set).length === 1, "holds exactly one change set")
  .readonly();

/**
 * A hook's name: `tf/<workspace>/<UUID>`. Each instance of the resource has its own, which Terraform's state
 * keeps (`terraform_key`) and the provider sends in every call, also in the deletion's.
 */
const HOOK_NAME = /^tf\/[A-Za-z0-9._~$&+=:@%-]{1,128}\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The hook's name, and the payload with `tf` in its place; a hook of an older release has no name. */
export function namedPayload(payload: unknown): { readonly hook?: string; readonly request: unknown } {
  if (typeof payload !== "object" || payload === null || "tf" in payload) return { request: payload };
  const hook = Object.keys(payload).find(key => HOOK_NAME.test(key));
  if (hook === undefined) return { request: payload };
  const { [hook]: tf, ...request } = payload as Record<string, unknown>;
  return { hook, request: { ...request, tf } };
}

const common = {
  protocol: z.literal(PROTOCOL),
  cluster: clusterNameSchema,
  /** Who declares the cluster: the stack, or the `owner` prop. */
  owner: z
    .string()
    .min(1)
    .max(256)
    .refine(owner => owner !== "__proto__", "must not be __proto__, which no map can hold as a key"),
  /** Whether the cluster may be taken over from another owner. */
  adopt: z.boolean(),
  roster: rosterSchema,
};

export const previewRequestSchema = z
  .strictObject({
    ...common,
    action: z.literal("preview"),
    /** The id of the readiness gate. If the ledger does not know it, the set is `unseen`. */
    gate: z.string().min(1).max(256),
    /** The ARN of the identity that plans. */
    plannedBy: line(2048),
    /** What the plan is for, such as a commit or a ticket. */
    reference: line(1024).optional(),
  })
  .readonly();

/** The preview's answer. The hook gets `changeSet` unchanged; the other members feed the check block. */
export const previewResponseSchema = z
  .strictObject({
    protocol: z.literal(PROTOCOL),
    changeSet: changeSetSchema,
    /** Statements that wait to run, including those that an unseen set leaves for the next plan. */
    pending: z.int().min(0),
    /** Whether the database could be observed and nothing forbids the roster. */
    verified: z.boolean(),
    /**
     * Accounts with the prefix that nobody declared and that keep their access, and accounts without a name
     * that take the logins of declared ones. The check names them in every plan.
     */
    unmanaged: z.array(z.string()).readonly(),
    /** One line for the check block: what is pending, or why the database could not be observed. */
    summary: z.string(),
    /** If the change set is the last one again: a line that says when it was applied. Nothing of it runs. */
    applied: z.string().optional(),
    /** Which accounts the deletion of the hook would drop, while `remove` is in force. */
    removal: z.string().optional(),
    /** Which declared accounts stay locked, because their persons were offboarded. */
    offboarded: z.string().optional(),
  })
  .readonly();

export const applyRequestSchema = z
  .strictObject({
    ...common,
    action: z.literal("apply"),
    gate: z.string().min(1).max(256),
    removalPolicy: z.enum(REMOVAL_POLICIES),
    changeSet: changeSetSchema,
    /**
     * Added by the provider, under the hook's name (`lifecycle_scope = "CRUD"`). `prev_input` is not used: it
     * is wrong after a failed update.
     */
    tf: z.object({ action: z.enum(["create", "update", "delete"]), prev_input: z.unknown() }).readonly(),
  })
  .readonly();

/** The apply function's answer. Short, because every plan that changes the hook shows it. */
export const applyResponseSchema = z
  .strictObject({
    protocol: z.literal(PROTOCOL),
    changeSetId: z.string(),
    statements: z.int().min(0),
    message: z.string(),
  })
  .readonly();

/** A cluster whose name another cluster took over: `orders@cluster-ABC...`. */
const replacedClusterSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}@[A-Za-z0-9-]{1,255}$/);

/**
 * Asks which clusters the ledger knows that no stack declares. Sent to the preview function by the shared
 * stack's check.
 */
export const clustersRequestSchema = z
  .strictObject({
    protocol: z.literal(PROTOCOL),
    action: z.literal("clusters"),
    declared: z
      .array(z.union([clusterNameSchema, replacedClusterSchema]))
      .max(10_000)
      .readonly(),
  })
  .readonly();

/** The names of these clusters, or in brackets why they are not known. Empty: all clusters are declared. */
export const clustersResponseSchema = z
  .strictObject({ protocol: z.literal(PROTOCOL), undeclared: z.array(z.string()).readonly() })
  .readonly();

/**
 * Asks for everything that the server says of all accounts, but its own ones and the administrator. Sent to
 * the preview function by `aurora-users import`.
 */
export const inventoryRequestSchema = z
  .strictObject({
    protocol: z.literal(PROTOCOL),
    action: z.literal("inventory"),
    cluster: clusterNameSchema,
    /** Which part of the content is asked for, from 0. */
    part: z.int().min(0).max(9_999),
  })
  .readonly();

/**
 * Asks who reads or writes a table, or anything in a database, by any way. Sent to the preview function by
 * `aurora-users reach`. The answer has the form of an inventory's.
 */
export const reachRequestSchema = z
  .strictObject({
    protocol: z.literal(PROTOCOL),
    action: z.literal("reach"),
    cluster: clusterNameSchema,
    database: line(MAX_DATABASE_LENGTH),
    /** A table or view. Absent: all of the database. */
    table: line(MAX_OBJECT_LENGTH).optional(),
    part: z.int().min(0).max(9_999),
  })
  .readonly();

/**
 * A part of the content: an `Inventory` or a `ReachAnswer` as JSON, compressed by gzip, in base64. Parts of
 * contents with different hashes do not fit together.
 */
export const inventoryResponseSchema = z
  .strictObject({
    protocol: z.literal(PROTOCOL),
    parts: z.int().min(1),
    /** The SHA-256 of the whole content in base64. */
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    content: z.string(),
  })
  .readonly();

export type ReachRequest = z.output<typeof reachRequestSchema>;
export type InventoryRequest = z.output<typeof inventoryRequestSchema>;
export type InventoryResponse = z.output<typeof inventoryResponseSchema>;
export type ClustersRequest = z.output<typeof clustersRequestSchema>;
export type ClustersResponse = z.output<typeof clustersResponseSchema>;
export type ChangeSetBody = z.output<typeof changeSetBodySchema>;
export type ChangeSet = z.output<typeof changeSetSchema>;
export type PreviewRequest = z.output<typeof previewRequestSchema>;
export type PreviewResponse = z.output<typeof previewResponseSchema>;
export type ApplyRequest = z.output<typeof applyRequestSchema> &
  Pick<ReturnType<typeof namedPayload>, "hook">;
export type ApplyResponse = z.output<typeof applyResponseSchema>;
