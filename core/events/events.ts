import * as z from "zod";
import { clusterNameSchema } from "../contract/registry-entry";
import { limitsSchema, OTHER_LOGINS } from "../roster/account-options";
import { accountNameSchema, USER_KINDS } from "../roster/roster";

/** The `source` of every event on the bus. */
export const EVENT_SOURCE = "aurora-users";
/**
 * The version of the details' schemas. Within a version fields may be added; none is removed or changes its
 * meaning.
 */
export const EVENT_VERSION = 1;

/**
 * Why a run changes something: a plan was applied, a grant expired, the cluster was changed by other means, a
 * document in Parameter Store changed, or a person was offboarded or reinstated.
 */
const CAUSES = ["grant", "expiry", "drift", "parameter", "offboarding"] as const;
export type Cause = (typeof CAUSES)[number];

/** The kind of a run. */
const RUN_ACTIONS = ["apply", "delete", "enforce", "parameter"] as const;
export type RunAction = (typeof RUN_ACTIONS)[number];

/** The steps of a rotation, as Secrets Manager calls them. */
export const ROTATION_STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"] as const;
export type RotationStep = (typeof ROTATION_STEPS)[number];

const moment = z.iso.datetime();
const line = (max: number) => z.string().max(max);

/** One database that an account may reach, and its role there, or what it has of the whole server. */
const accessSchema = z.strictObject({
  database: line(64).describe("The database; `*` for a pattern, and for what is of the whole server"),
  object: line(4096)
    .optional()
    .describe(
      "What in the database: `customers (id, name)`, `procedure close_order`. Absent: all of it. With the database `*`: " +
        "`global PROCESS`, `native role AWS_LAMBDA_ACCESS`, `pattern tenant_%`",
    ),
  role: line(256).describe("The role, or the privileges if the grant names no role"),
  expires: moment.optional().describe("The first moment without the access, in UTC. Absent: no end"),
  reason: line(1024).optional(),
  project: line(256).optional().describe("`project/environment`, if the grant names one"),
  team: line(256).optional().describe("The team that the grant is of. Absent: it is the account's own"),
});

const ownerSchema = z.strictObject({
  project: line(256).describe("The project; `team billing` for the owner of the team `billing`"),
  name: line(256).optional(),
  email: line(320),
});

const person = {
  account: accountNameSchema.describe("The MySQL account, without its host"),
  formerly: accountNameSchema
    .optional()
    .describe("The account's name before this run. Absent: it was the same, or there was none"),
  kind: z.enum(USER_KINDS),
  user: line(256).describe("The name in the identity provider"),
  name: line(256).optional(),
  email: line(320).optional(),
  suspended: z
    .boolean()
    .optional()
    .describe("true: the account is locked, and `after` is what it keeps. false: it was, before this run"),
  authentication: z
    .enum(OTHER_LOGINS)
    .optional()
    .describe(
      "password: the account logs in by a password in Secrets Manager. existing: as it did before it was managed. Absent: by IAM token",
    ),
  limits: limitsSchema.optional(),
  tls: z
    .union([
      z.literal("x509"),
      z.strictObject({ subject: line(1024).optional(), issuer: line(1024).optional() }),
    ])
    .optional()
    .describe("The certificate that a login needs in addition to TLS. Absent: none"),
  hosts: z.array(line(60)).optional().describe("Where the account logs in from. Absent: from anywhere"),
  source: line(128)
    .optional()
    .describe("The source in Parameter Store that declares the account. Absent: the reviewed roster does"),
};

const common = {
  version: z.literal(EVENT_VERSION),
  id: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .describe("The same for each copy of the event, however often it is sent"),
  time: moment,
  cluster: clusterNameSchema,
  correlationId: line(128).describe(
    "The change set of the plan, or the id of the run. Log lines and audit items have it too",
  ),
  cause: z.enum(CAUSES),
  plannedBy: line(2048).optional(),
  reference: line(1024).optional(),
};

const access = {
  ...common,
  ...person,
  before: z.array(accessSchema).describe("What the account could reach before"),
  after: z.array(accessSchema).describe("What it can reach now"),
  owners: z.array(ownerSchema).describe("The owners of the projects and teams concerned"),
  login: z
    .strictObject({ host: line(255), port: z.int(), region: line(64) })
    .describe("Where to log in: the reader endpoint for an account that may only read"),
};

const changeSchema = z.strictObject({
  ...person,
  change: z.enum(["granted", "changed", "revoked", "expired", "expiring"]),
  before: z.array(accessSchema),
  after: z.array(accessSchema),
  ending: z.array(accessSchema).optional(),
});

/** What an event says of an account that had to go. */
const locked = {
  objects: z
    .array(line(300))
    .optional()
    .describe(
      "Objects that run with the account's rights, at most 100. If present, the account is locked, not gone",
    ),
};

/** What an event says of a service's password. No event has a password. */
const password = {
  ...common,
  ...person,
  cause: z.literal("rotation").describe("Secrets Manager rotates the password"),
  secret: line(2048).describe("The name of the secret in Secrets Manager, or its ARN"),
};

/** The schema of each event's detail, by detail type. */
export const EVENT_SCHEMAS = {
  /** An account was created. */
  "access.granted": z.strictObject(access),
  /** An account's databases, roles or expiry dates changed. */
  "access.changed": z.strictObject(access),
  /** An account is no longer declared. It was dropped, or locked if objects run with its rights. */
  "access.revoked": z.strictObject({ ...access, ...locked }),
  /** A grant ends in seven days or in one day. Once for each. */
  "access.expiring": z.strictObject({
    ...access,
    ending: z.array(accessSchema).min(1),
    days: z.union([z.literal(7), z.literal(1)]),
  }),
  /** A grant has expired, and its privileges were revoked. */
  "access.expired": z.strictObject({ ...access, ...locked, ending: z.array(accessSchema).min(1) }),
  /** The cluster is not as declared. Sent again only if the finding changes. */
  "drift.detected": z.strictObject({
    ...common,
    repaired: z.boolean().describe("Whether this run repaired it (`drift: repair`)"),
    accounts: z.array(line(32)).describe("Accounts that are not as declared, at most 1000"),
    statements: z.array(line(4096)).describe("The statements that would repair it, at most 100"),
    statementCount: z.int().min(0),
    undeclared: z
      .array(line(300))
      .describe(
        "Accounts with the prefix that nobody declared and that stay, at most 1000; `sl_bob@10.%` in addition to a declared `sl_bob`; `''@'10.%' (takes every login from there)`, an account without a name",
      ),
    holders: z
      .array(line(400))
      .optional()
      .describe(
        "Accounts without the prefix that reach a managed database or can hand on access, and did not before, at most 1000. Nothing is taken from them",
      ),
  }),
  /** A service has a new password. */
  "password.rotated": z.strictObject({
    ...password,
    oldUntil: moment.describe("Until when the password before it works"),
  }),
  /** A step of a rotation failed. Secrets Manager tries again. */
  "password.rotation-failed": z.strictObject({
    ...password,
    step: z.enum(ROTATION_STEPS),
    code: line(64),
    message: line(8192),
  }),
  /** A run changed something. Lists all of its changes, for receivers that want one message a run. */
  "reconcile.succeeded": z.strictObject({
    ...common,
    action: z.enum(RUN_ACTIONS),
    statements: z.int().min(0).describe("How many statements ran"),
    sessionsEnded: z.int().min(0),
    changes: z.array(changeSchema).describe("As many changes as fit into an event"),
    changesOmitted: z.int().min(0),
    owners: z.array(ownerSchema),
  }),
  /** A run failed or was refused. Statements that ran stay in effect. */
  "reconcile.failed": z.strictObject({
    ...common,
    action: z.enum(RUN_ACTIONS),
    code: line(64),
    message: line(8192),
    ran: z.int().min(0).describe("Statements that ran"),
    of: z.int().min(0).describe("Statements that were to run"),
    accounts: z.array(line(32)).describe("The accounts that the run concerned, at most 1000"),
  }),
} as const;

export type EventType = keyof typeof EVENT_SCHEMAS;
export const EVENT_TYPES = Object.keys(EVENT_SCHEMAS) as readonly EventType[];
export type EventDetail<T extends EventType> = z.output<(typeof EVENT_SCHEMAS)[T]>;
export type Access = z.output<typeof accessSchema>;
export type EventOwner = z.output<typeof ownerSchema>;
export type EventChange = z.output<typeof changeSchema>;
/** One event: its `detail-type` and `detail` on the bus. */
export type AccessEvent = {
  readonly [T in EventType]: { readonly type: T; readonly detail: EventDetail<T> };
}[EventType];
