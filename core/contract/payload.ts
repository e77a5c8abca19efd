import { z } from "zod";
import { rosterSchema } from "../roster/roster";
import { PROTOCOL } from "./protocol";
import { clusterNameSchema } from "./registry-entry";

/** What a hook's deletion does to the accounts that remain. */
export const REMOVAL_POLICIES = ["protect", "remove", "retain"] as const;
export type RemovalPolicy = (typeof REMOVAL_POLICIES)[number];

const line = (max: number) => z.string().max(max);

/**
 * The ordered statements that turn the observed state into the roster, as a reviewer sees them in the plan.
 * - `changes`: the statements that apply may run
 * - `none`: nothing to do in the database
 * - `unseen`: nobody has seen this set before it runs, so that it only creates accounts which do not exist
 * - `unverified`: the database could not be looked at; it permits nothing
 * - `refused`: the roster may not be applied (above the ceiling, another stack's cluster); it permits nothing
 */
export const changeSetBodySchema = z
  .strictObject({
    status: z.enum(["changes", "none", "unseen", "unverified", "refused"]),
    /** By position (`0001`): the very SQL. */
    statements: z.record(z.string().regex(/^\d{4,6}$/), z.string().min(1).max(65_536)).readonly(),
    /** What a reviewer has to know beside the statements: accounts nobody declared, what could not be looked at, what waits. */
    notes: z.array(line(4096)).max(1000).readonly(),
    plannedAt: z.iso.datetime(),
    plannedBy: line(2048),
    reference: line(1024).optional(),
  })
  .readonly();

/** A set keyed by its id, so that a retry shows all of its statements in the plan again. Exactly one. */
export const changeSetSchema = z
  .record(z.string().min(1).max(64), changeSetBodySchema)
  .refine(set => Object.keys(set).length === 1, "holds exactly one change set")
  .readonly();

const common = {
  protocol: z.literal(PROTOCOL),
  cluster: clusterNameSchema,
  /** Who declares the cluster: the stack, or what its `owner` prop says. */
  owner: z.string().min(1).max(256),
  /** True where taking over a cluster of another owner is meant. */
  adopt: z.boolean(),
  roster: rosterSchema,
};

export const previewRequestSchema = z
  .strictObject({
    ...common,
    action: z.literal("preview"),
    /** The id of the readiness gate. One that the ledger never saw makes the set `unseen`. */
    gate: z.string().min(1).max(256),
    /** Who plans: an ARN. */
    plannedBy: line(2048),
    /** What the plan is for: a commit, a ticket. */
    reference: line(1024).optional(),
  })
  .readonly();

/** What the preview answers. `changeSet` goes verbatim into the hook; the rest feeds the check block. */
export const previewResponseSchema = z
  .strictObject({
    protocol: z.literal(PROTOCOL),
    changeSet: changeSetSchema,
    /** Statements that wait to be run, those that an unseen set leaves for the next plan included. */
    pending: z.int().min(0),
    /** Whether the database could be looked at and nothing forbids the roster. */
    verified: z.boolean(),
    /** Accounts that bear the prefix, that nobody declared, and that keep their access: the check names them in every plan. */
    unmanaged: z.array(z.string()).readonly(),
    /** One line for the check block: what is pending or why nothing could be looked at. */
    summary: z.string(),
  })
  .readonly();

export const applyRequestSchema = z
  .strictObject({
    ...common,
    action: z.literal("apply"),
    gate: z.string().min(1).max(256),
    removalPolicy: z.enum(REMOVAL_POLICIES),
    changeSet: changeSetSchema,
    /** Added by the provider (`lifecycle_scope = "CRUD"`). `prev_input` is not relied on: it is wrong after a failed update. */
    tf: z.object({ action: z.enum(["create", "update", "delete"]), prev_input: z.unknown() }).readonly(),
  })
  .readonly();

/** What the apply function answers: short, as it is shown in every plan that changes the hook. */
export const applyResponseSchema = z
  .strictObject({
    protocol: z.literal(PROTOCOL),
    changeSetId: z.string(),
    statements: z.int().min(0),
    message: z.string(),
  })
  .readonly();

/** A cluster that another one took the name of: `orders@cluster-ABC...`. */
const formerClusterSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}@[A-Za-z0-9-]{1,255}$/);

/** Asks the preview function, for the shared stack's check: which clusters does the ledger know that no stack declares? */
export const clustersRequestSchema = z
  .strictObject({
    protocol: z.literal(PROTOCOL),
    action: z.literal("clusters"),
    declared: z
      .array(z.union([clusterNameSchema, formerClusterSchema]))
      .max(10_000)
      .readonly(),
  })
  .readonly();

/** Each entry a cluster's name, or, in brackets, why nobody can tell. Empty: all is declared. */
export const clustersResponseSchema = z
  .strictObject({ protocol: z.literal(PROTOCOL), undeclared: z.array(z.string()).readonly() })
  .readonly();

export type ClustersRequest = z.output<typeof clustersRequestSchema>;
export type ClustersResponse = z.output<typeof clustersResponseSchema>;
export type ChangeSetBody = z.output<typeof changeSetBodySchema>;
export type ChangeSet = z.output<typeof changeSetSchema>;
export type PreviewRequest = z.output<typeof previewRequestSchema>;
export type PreviewResponse = z.output<typeof previewResponseSchema>;
export type ApplyRequest = z.output<typeof applyRequestSchema>;
export type ApplyResponse = z.output<typeof applyResponseSchema>;
