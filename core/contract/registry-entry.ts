import { z } from "zod";
import { PREFIX_PATTERN } from "../roster/account-name";
import { ceilingSchema } from "../roster/ceiling";
import { databaseNameSchema, databasePrivilegesSchema } from "../roster/roster";
import { PROTOCOL } from "./protocol";

/** A cluster's name: what `users/` calls it, part of an SSM parameter's name and of Terraform addresses. */
export const CLUSTER_NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
export const clusterNameSchema = z
  .string()
  .regex(CLUSTER_NAME_PATTERN, "letters, digits, `.`, `_` and `-`, at most 63, the first a letter or digit");

/** What happens to accounts that bear the prefix and that no roster ever declared. */
export const UNMANAGED_POLICIES = ["remove", "lock", "report"] as const;
/** What happens to an account that has to go while views, routines, triggers or events run as it. */
export const DEFINER_POLICIES = ["block", "strip"] as const;

/** What enforcement does about drift: say it, or put it right within what was applied. */
export const DRIFT_POLICIES = ["report", "repair"] as const;

/** A roster that stands in an SSM parameter, beside the one that Terraform applies. */
export const parameterSourceSchema = z
  .strictObject({
    /** What tells it apart: a project's environment (`shop/prod`), or any name. */
    name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$/),
    /** The SSM parameter, by name: `/aurora-users/sources/shop-prod`. */
    parameter: z.string().min(1).max(1011),
    /** The databases of this cluster that it may speak of, and all of which a user gets who names none. */
    databases: z.array(databaseNameSchema).min(1).readonly(),
    /** What the roles mean that its users name. */
    roles: z.record(z.string().min(1).max(64), databasePrivilegesSchema).readonly(),
    /** Above which share of its accounts a removal wants to be confirmed, 0 to 1. */
    maxRemovalShare: z.number().min(0).max(1),
    /** Fewer removals than this never want to be confirmed. */
    minRemovals: z.int().min(1),
  })
  .readonly();

export type ParameterSource = z.output<typeof parameterSourceSchema>;

/**
 * What Terraform wrote about a cluster for the functions to read, as JSON in the SSM parameter `<registry path>/<cluster>`.
 * The functions never take any of this from a payload.
 */
export const registryEntrySchema = z
  .strictObject({
    protocol: z.literal(PROTOCOL),
    cluster: clusterNameSchema,
    engine: z.literal("mysql"),
    /** The writer's endpoint. TLS is verified against this very host name. */
    host: z.string().min(1).max(255),
    port: z.int().min(1).max(65535),
    /** `cluster-ABC...`: what `rds-db:connect` names. */
    resourceId: z.string().min(1).max(255),
    region: z.string().min(1).max(64),
    /** Either a secret with `username` and `password`, or the administrator account that logs in by IAM token. */
    credentials: z.union([
      z.strictObject({ secretArn: z.string().min(1).max(2048) }),
      z.strictObject({ iamUser: z.string().min(1).max(32) }),
    ]),
    /** The role to assume first, where the cluster is in another account. */
    assumeRoleArn: z.string().min(1).max(2048).optional(),
    prefix: z.string().regex(PREFIX_PATTERN),
    ceiling: ceilingSchema,
    unmanaged: z.enum(UNMANAGED_POLICIES),
    definers: z.enum(DEFINER_POLICIES),
    /** What enforcement does about drift. */
    drift: z.enum(DRIFT_POLICIES).default("report"),
    /** The schedule that fires at the next expiry, which the functions move: `group/name`. Absent: none. */
    expirySchedule: z.string().min(3).max(129).optional(),
    /** Where the cluster pauses when idle (Aurora Serverless v2 with a minimum of 0 ACU): by what CloudWatch knows it. */
    pausing: z.strictObject({ clusterIdentifier: z.string().min(1).max(63) }).optional(),
    /** Rosters in Parameter Store. */
    sources: z.array(parameterSourceSchema).max(20).readonly().default([]),
  })
  .readonly();

export type RegistryEntry = z.output<typeof registryEntrySchema>;
