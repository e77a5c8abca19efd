import * as z from "zod";
import { USER_KINDS } from "../roster/roster";
import { DOUBTS, LEVELS, MARKS } from "./access-change";

/** The version of the JSON of a summary. */
export const SUMMARY_VERSION = 1;

/**
 * How far a cluster could be looked at:
 * - `verified`: the preview compared the roster with the database
 * - `unseen`: it did, and nobody reviews what the apply does beyond creating accounts
 * - `unverified`, `refused`: nothing will be applied
 * - `failed`: the plan failed, and Terraform applies nothing of it
 * - `unknown`: the plan does not know yet what it will send
 * - `deleted`: the cluster's hook goes
 * - `declared`: two states of the users folder were compared, and no database
 */
export const CLUSTER_STATES = [
  "verified",
  "unseen",
  "unverified",
  "refused",
  "failed",
  "unknown",
  "deleted",
  "declared",
] as const;
export type ClusterState = (typeof CLUSTER_STATES)[number];

const changeSchema = z.strictObject({
  kind: z.enum(["gain", "loss", "both", "terms", "drift"]).describe("What happens to the access"),
  doubt: z
    .enum(DOUBTS)
    .optional()
    .describe("Why the change does not happen with the apply, or may not; absent: it happens"),
  account: z.string(),
  user: z.string(),
  userKind: z
    .enum(USER_KINDS)
    .optional()
    .describe("Absent: the account has no file: nobody declares it, or a source in Parameter Store does"),
  name: z.string().optional(),
  email: z.string().optional(),
  cluster: z.string(),
  place: z.string().optional().describe("A database or an object; absent: the account itself"),
  from: z.string().optional().describe("The role or privileges before; absent: no access"),
  to: z.string().optional().describe("The role or privileges after; absent: no access"),
  fromLevel: z.enum(LEVELS).optional(),
  toLevel: z.enum(LEVELS).optional(),
  holds: z
    .strictObject({ role: z.string(), place: z.string() })
    .optional()
    .describe("Of a change of the account itself that gives something: the most that it has, and where"),
  until: z.string().optional().describe("The first moment without access, ISO 8601 in UTC; absent: no end"),
  reason: z.string().optional(),
  owner: z.string().optional().describe("Who answers for it: the project's owner, or the agent's"),
  marks: z.array(z.enum(MARKS)).readonly(),
  endsSessions: z.literal(true).optional().describe("Open sessions of the account end"),
  notes: z.array(z.string()).readonly(),
});

const clusterSchema = z.strictObject({
  cluster: z.string(),
  state: z.enum(CLUSTER_STATES),
  says: z.string().optional().describe("What the preview says of the cluster"),
  warnings: z.array(z.string()).readonly().describe("What a reviewer must not overlook"),
  changeSet: z.string().optional().describe("The id, for `aurora-users undo` and `audit`"),
  plannedAt: z.string().optional(),
  plannedBy: z.string().optional(),
  reference: z.string().optional(),
  statements: z.array(z.string()).readonly().describe("The SQL that the apply may run, in order"),
  driftStatements: z.int().describe("Effects of statements that no change of the roster explains"),
  ended: z.array(z.string()).readonly().describe("Accounts that lose what has expired"),
  notes: z.array(z.string()).readonly().describe("The notes of the change set"),
});

const countSchema = z.strictObject({ person: z.int(), service: z.int(), agent: z.int(), account: z.int() });

/** Who gains and loses access by a plan, or between two states of a users folder. */
export const summarySchema = z.strictObject({
  version: z.literal(SUMMARY_VERSION),
  source: z.enum(["plan", "users"]),
  at: z.string().describe("The moment by which grants have expired, ISO 8601 in UTC"),
  headline: z.string(),
  counts: z
    .strictObject({
      gain: countSchema,
      lose: countSchema,
      drift: countSchema,
      change: countSchema.describe("Those with a change of nothing but an end, a reason or an option"),
    })
    .describe("Without changes with a `doubt`. Who gains and loses counts in both"),
  sessions: z.array(z.string()).readonly().describe("Accounts whose open sessions end, with the cluster"),
  clusters: z.array(clusterSchema).readonly(),
  changes: z.array(changeSchema).readonly(),
});

export type Summary = z.output<typeof summarySchema>;
export type ClusterSummary = z.output<typeof clusterSchema>;
export type Counts = Summary["counts"];
export type Count = z.output<typeof countSchema>;

/** The JSON schema of `summary --format json` (draft 7), as text that ends with a line break. */
export const summarySchemaText = (): string =>
  `${JSON.stringify(z.toJSONSchema(summarySchema, { target: "draft-7" }), null, 2)}\n`;
