import { z } from "zod";
import { clusterNameSchema } from "../contract/registry-entry";
import { accountNameSchema } from "../roster/roster";

/** The `source` of every event on the bus. */
export const EVENT_SOURCE = "aurora-users";
/** Of the details' schema. A field may be added within a version; nothing is taken away or changes its meaning. */
export const EVENT_VERSION = 1;

/** What makes a run change something: a plan that was applied, a date that passed, a hand that was in between, a parameter. */
export const CAUSES = ["grant", "expiry", "drift", "parameter"] as const;
export type Cause = (typeof CAUSES)[number];

/** What kind of run it was. */
export const RUN_ACTIONS = ["apply", "delete", "enforce", "parameter"] as const;
export type RunAction = (typeof RUN_ACTIONS)[number];

const moment = z.iso.datetime();
const line = (max: number) => z.string().max(max);

/** One database that an account may reach, and as what. */
export const accessSchema = z.strictObject({
  database: line(64),
  role: line(64),
  expires: moment.optional().describe("The first moment without it, in UTC; absent: no end"),
  reason: line(1024).optional(),
  project: line(256).optional().describe("`project/environment`, where the grant came from one"),
});

const ownerSchema = z.strictObject({ project: line(256), name: line(256).optional(), email: line(320) });

const person = {
  account: accountNameSchema.describe("The MySQL account, without its host"),
  kind: z.enum(["person", "service"]),
  user: line(256).describe("The name in the identity provider"),
  name: line(256).optional(),
  email: line(320).optional(),
};

const common = {
  version: z.literal(EVENT_VERSION),
  id: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .describe("The same for the same thing, however often it is sent"),
  time: moment,
  cluster: clusterNameSchema,
  correlationId: line(128).describe(
    "The change set of the plan, or the id of the run: in every log line and audit item too",
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
  owners: z.array(ownerSchema).describe("Who answers for the projects concerned"),
  login: z.strictObject({ host: line(255), port: z.int(), region: line(64) }).describe("Where to log in"),
};

const changeSchema = z.strictObject({
  ...person,
  change: z.enum(["granted", "changed", "revoked", "expired", "expiring"]),
  before: z.array(accessSchema),
  after: z.array(accessSchema),
  ending: z.array(accessSchema).optional(),
});

/** By detail type: what the detail holds. */
export const EVENT_SCHEMAS = {
  /** An account was created. */
  "access.granted": z.strictObject(access),
  /** An account can reach something else, or until another date. */
  "access.changed": z.strictObject(access),
  /** An account is gone, or locked where objects run as it: it is no longer declared. */
  "access.revoked": z.strictObject(access),
  /** A grant ends in seven days, or in one. Once each. */
  "access.expiring": z.strictObject({
    ...access,
    ending: z.array(accessSchema).min(1),
    days: z.union([z.literal(7), z.literal(1)]),
  }),
  /** A grant has ended, and what it gave was taken. */
  "access.expired": z.strictObject({ ...access, ending: z.array(accessSchema).min(1) }),
  /** The cluster is not as declared. Once for each different finding. */
  "drift.detected": z.strictObject({
    ...common,
    repaired: z.boolean().describe("Whether this run put it right (`drift: repair`)"),
    accounts: z.array(line(32)).describe("Accounts that are not as declared, at most 1000"),
    statements: z.array(line(4096)).describe("What would put it right, at most 100"),
    statementCount: z.int().min(0),
    undeclared: z
      .array(line(300))
      .describe(
        "Accounts with the prefix that nobody declared and that stay, at most 1000; `sl_bob@10.%` beside a declared `sl_bob`",
      ),
  }),
  /** A run did something: for those who want one message a run. */
  "reconcile.succeeded": z.strictObject({
    ...common,
    action: z.enum(RUN_ACTIONS),
    statements: z.int().min(0).describe("How many ran"),
    sessionsEnded: z.int().min(0),
    changes: z.array(changeSchema).describe("As many as fit an event"),
    changesOmitted: z.int().min(0),
    owners: z.array(ownerSchema),
  }),
  /** A run failed or was refused. What ran stays. */
  "reconcile.failed": z.strictObject({
    ...common,
    action: z.enum(RUN_ACTIONS),
    code: line(64),
    message: line(8192),
    ran: z.int().min(0).describe("Statements that ran"),
    of: z.int().min(0).describe("Statements that were to run"),
    accounts: z.array(line(32)).describe("Accounts that the run was about, at most 1000"),
  }),
} as const;

export type EventType = keyof typeof EVENT_SCHEMAS;
export const EVENT_TYPES = Object.keys(EVENT_SCHEMAS) as readonly EventType[];
export type EventDetail<T extends EventType> = z.output<(typeof EVENT_SCHEMAS)[T]>;
export type Access = z.output<typeof accessSchema>;
export type EventOwner = z.output<typeof ownerSchema>;
export type EventChange = z.output<typeof changeSchema>;
/** One event: what goes on the bus as `detail-type` and `detail`. */
export type AccessEvent = {
  readonly [T in EventType]: { readonly type: T; readonly detail: EventDetail<T> };
}[EventType];
