import * as z from "zod";
import { PREFIX_PATTERN } from "../roster/account-name";
import { ceilingSchema } from "../roster/ceiling";
import { databaseNameSchema, databasePrivilegesSchema } from "../roster/roster";
import { PROTOCOL } from "./protocol";

/** A cluster's name, as in `users/`. It is part of an SSM parameter's name and of Terraform addresses. */
export const CLUSTER_NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
export const clusterNameSchema = z
  .string()
  .regex(CLUSTER_NAME_PATTERN, "letters, digits, `.`, `_` and `-`, at most 63, the first a letter or digit");

/** @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
export const EXTERNAL_ID_PATTERN = /^[\w+=,.@:/-]{2,1224}$/;

/** A domain of e-mail addresses. */
const MAIL_DOMAIN_PATTERN = /^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/;

/** What happens to accounts with the prefix that no roster ever declared. */
export const UNMANAGED_POLICIES = ["remove", "lock", "report"] as const;
/**
 * What happens to an account that has to be removed while views, routines, triggers or events run with its
 * rights.
 */
export const DEFINER_POLICIES = ["block", "strip"] as const;

/** What enforcement does about drift: report it, or repair it within what was applied. */
export const DRIFT_POLICIES = ["report", "repair"] as const;

/**
 * Where sessions that have to end are ended: on every instance of the cluster and of its global database, on
 * the cluster's own, or on the writer only.
 */
export const SESSION_SCOPES = ["global", "cluster", "writer"] as const;

/** A roster in an SSM parameter, in addition to the one that Terraform applies. */
export const parameterSourceSchema = z
  .strictObject({
    /** Its unique name on the cluster: a project's environment (`shop/prod`), or any other. */
    name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$/),
    /** The SSM parameter, by name: `/aurora-users-sources/shop/prod`. */
    parameter: z.string().min(1).max(1011),
    /** The databases of this cluster that it may grant. A user who names none gets all of them. */
    databases: z.array(databaseNameSchema).min(1).readonly(),
    /** The privileges of the roles that its users may name. */
    roles: z.record(z.string().min(1).max(64), databasePrivilegesSchema).readonly(),
    /** The share of its accounts, 0 to 1, above which a removal must be confirmed. */
    maxRemovalShare: z.number().min(0).max(1),
    /** Fewer removals than this need no confirmation. */
    minRemovals: z.int().min(1),
    /** Whether it may take over accounts that exist and that no roster and no source declared. */
    adoptAccounts: z.boolean().optional(),
    /** The domains of addresses to which mails about its accounts go. Absent: none. */
    mailDomains: z.array(z.string().regex(MAIL_DOMAIN_PATTERN).max(255)).readonly().optional(),
  })
  .readonly();

export type ParameterSource = z.output<typeof parameterSourceSchema>;

/** The most that `observationTimeout` may be, in seconds: no preview runs longer. */
export const MAX_OBSERVATION_TIMEOUT = 300;

/** The longest account as `user@host`. */
const MAX_NAMED = 32 + 1 + 255;

/**
 * What Terraform writes about a cluster for the functions, as JSON in the SSM parameter `<registry
 * path>/<cluster>`. The functions never take any of it from a payload.
 */
export const registryEntrySchema = z
  .strictObject({
    protocol: z.literal(PROTOCOL),
    cluster: clusterNameSchema,
    engine: z.literal("mysql"),
    /** The writer's endpoint. TLS is verified against this host name. */
    host: z.string().min(1).max(255),
    port: z.int().min(1).max(65535),
    /** `cluster-ABC...`: what `rds-db:connect` names. */
    resourceId: z.string().min(1).max(255),
    /** Clusters that may take this one's place. People may log in to them too. Absent: none. */
    nextResourceIds: z.array(z.string().min(1).max(255)).max(5).readonly().optional(),
    region: z.string().min(1).max(64),
    /** A secret with `username` and `password`, or the administrator account that logs in by IAM token. */
    credentials: z.union([
      z.strictObject({ secretArn: z.string().min(1).max(2048) }),
      z.strictObject({ iamUser: z.string().min(1).max(32) }),
    ]),
    /** The role to assume first, if the cluster is in another AWS account. */
    assumeRoleArn: z.string().min(1).max(2048).optional(),
    /** What that role's trust policy asks for. Absent: nothing. */
    externalId: z.string().regex(EXTERNAL_ID_PATTERN).optional(),
    /**
     * The cluster's own roles, which the functions assume for everything about it: the preview function the
     * first, all others the second. Absent: the functions use their own roles.
     */
    runRoles: z
      .strictObject({ preview: z.string().min(1).max(2048), apply: z.string().min(1).max(2048) })
      .optional(),
    prefix: z.string().regex(PREFIX_PATTERN),
    /** Accounts without the prefix that are managed by their own names: `legacy_app@%`. Absent: none. */
    alsoManages: z.array(z.string().min(3).max(MAX_NAMED)).max(100).readonly().optional(),
    /** Accounts without the prefix that get it, by what follows it then: see `ManagedNames`. Absent: none. */
    takeOver: z.record(z.string().min(1).max(32), z.string().min(3).max(MAX_NAMED)).readonly().optional(),
    ceiling: ceilingSchema,
    unmanaged: z.enum(UNMANAGED_POLICIES),
    definers: z.enum(DEFINER_POLICIES),
    /** What enforcement does about drift. */
    drift: z.enum(DRIFT_POLICIES).default("report"),
    /** The schedule that fires at the next expiry: `group/name`. The functions move it. Absent: none. */
    expirySchedule: z.string().min(3).max(129).optional(),
    /**
     * Set if the cluster pauses when idle (Aurora Serverless v2 with a minimum of 0 ACU): its name in
     * CloudWatch.
     */
    pausing: z.strictObject({ clusterIdentifier: z.string().min(1).max(63) }).optional(),
    /** The longest that a plan looks at the database once it is awake, in seconds. Absent: 20. */
    observationTimeout: z.int().min(5).max(MAX_OBSERVATION_TIMEOUT).optional(),
    /**
     * Below which the secrets of accounts with a password are: `aurora-users/orders`. Absent: there are
     * none.
     */
    secretPath: z
      .string()
      .regex(/^[A-Za-z0-9_.@-]+(\/[A-Za-z0-9_.@-]+)*$/)
      .max(256)
      .optional(),
    /** For how many hours after a rotation the password before it works. Absent: 24. */
    oldPasswordHours: z.int().min(1).max(720).optional(),
    /** Where sessions are ended. Absent: `global`. */
    endSessionsOn: z.enum(SESSION_SCOPES).optional(),
    /** Whether sessions of accounts end that only have less than before. Absent: they do. */
    terminateSessions: z.literal(false).optional(),
    /** Rosters in Parameter Store. */
    sources: z.array(parameterSourceSchema).max(20).readonly().default([]),
  })
  .readonly();

export type RegistryEntry = z.output<typeof registryEntrySchema>;
