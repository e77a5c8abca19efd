import * as z from "zod";
import { PROTOCOL } from "./protocol";
import { clusterNameSchema } from "./registry-entry";

/**
 * What the schedule sends to the enforcement function. It names only the cluster; the roster comes from the
 * ledger.
 */
export const enforceRequestSchema = z
  .strictObject({
    protocol: z.literal(PROTOCOL),
    action: z.literal("enforce"),
    cluster: clusterNameSchema,
    /** Which of the cluster's two schedules fired, or a call by hand. For the logs only. */
    trigger: z.enum(["interval", "expiry", "manual"]),
  })
  .readonly();

/** The outcome, for a call by hand. After a schedule's call Lambda discards it. */
export const enforceResponseSchema = z
  .strictObject({
    protocol: z.literal(PROTOCOL),
    cluster: clusterNameSchema,
    /** `idle`: nothing is managed there yet. `asleep`: the cluster is paused, and nothing was due. */
    outcome: z.enum(["enforced", "asleep", "idle"]),
    runId: z.string(),
    statements: z.int().min(0),
    sessionsEnded: z.int().min(0),
    /** How many statements would repair the drift, plus accounts that nobody declared. 0 after a repair. */
    drift: z.int().min(0),
    reminders: z.int().min(0),
    /** False if the audit trail could not be written: only revocations ran then. */
    audited: z.boolean(),
    /** The accounts of offboarded persons that are on the cluster, and whether they are shut out. */
    offboarded: z
      .array(z.strictObject({ person: z.string(), account: z.string(), locked: z.boolean() }))
      .readonly()
      .optional(),
    /** The locked accounts of persons who were offboarded and are back. */
    stillLocked: z
      .array(z.strictObject({ person: z.string(), account: z.string() }))
      .readonly()
      .optional(),
    message: z.string(),
  })
  .readonly();

export type EnforceRequest = z.output<typeof enforceRequestSchema>;
export type EnforceResponse = z.output<typeof enforceResponseSchema>;

/** How many days before a grant ends its user is reminded, once each. */
export const REMINDER_DAYS = [7, 1] as const;

/**
 * The time of a cluster's expiry schedule while no grant ends: it never comes. Terraform and the functions
 * set it.
 */
export const NO_EXPIRY = "2099-12-31T00:00:00";
