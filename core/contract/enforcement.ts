import { z } from "zod";
import { PROTOCOL } from "./protocol";
import { clusterNameSchema } from "./registry-entry";

/** What the schedule sends to the enforcement function. It names a cluster, and nothing else: the ledger says what should be. */
export const enforceRequestSchema = z
  .strictObject({
    protocol: z.literal(PROTOCOL),
    action: z.literal("enforce"),
    cluster: clusterNameSchema,
    /** Which of the cluster's two schedules fired; for the logs. */
    trigger: z.enum(["interval", "expiry", "manual"]),
  })
  .readonly();

/** What came of it, for who calls by hand; Lambda drops it after a schedule's call. */
export const enforceResponseSchema = z
  .strictObject({
    protocol: z.literal(PROTOCOL),
    cluster: clusterNameSchema,
    /** `idle`: nothing is managed there yet. `asleep`: the cluster is paused and nothing was due. */
    outcome: z.enum(["enforced", "asleep", "idle"]),
    runId: z.string(),
    statements: z.int().min(0),
    sessionsEnded: z.int().min(0),
    /** Statements that would put drift right, and accounts that nobody declared. 0 after a repair. */
    drift: z.int().min(0),
    reminders: z.int().min(0),
    /** False where the audit trail could not be written: then only what takes away ran. */
    audited: z.boolean(),
    message: z.string(),
  })
  .readonly();

export type EnforceRequest = z.output<typeof enforceRequestSchema>;
export type EnforceResponse = z.output<typeof enforceResponseSchema>;

/** When people are told that a grant ends: this many days before, once each. */
export const REMINDER_DAYS = [7, 1] as const;

/** The time of a cluster's expiry schedule while no grant ends: it never comes. Terraform and the functions set it. */
export const NO_EXPIRY = "2099-12-31T00:00:00";
