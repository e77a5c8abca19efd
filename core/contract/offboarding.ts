import * as z from "zod";
import { OFFBOARDING_CHAIN } from "../audit/audit-item";
import { defined } from "../json";
import { PROTOCOL } from "./protocol";
import { clusterNameSchema } from "./registry-entry";

const line = (max: number) => z.string().max(max);

/** A name in the identity provider. */
const personSchema = z.string().min(1).max(256);

const common = {
  protocol: z.literal(PROTOCOL),
  person: personSchema,
  /** Who asks, and why, in their own words. */
  by: line(2048).optional(),
  reason: line(1024).optional(),
};

/**
 * Marks a person as offboarded. Sent to the enforcement function: who may call that one can lock, and not
 * unlock. The lock itself is made by a run on each cluster.
 */
export const offboardRequestSchema = z
  .strictObject({
    ...common,
    action: z.literal("offboard"),
    /** Whether nothing is written, and only the answer is wanted. */
    dryRun: z.boolean().optional(),
  })
  .readonly();

/** Undoes that. Sent to the apply function: who may undo it can give access anyway. */
export const reinstateRequestSchema = z
  .strictObject({ ...common, action: z.literal("reinstate") })
  .readonly();

/** The answer to both. */
export const offboardResponseSchema = z
  .strictObject({
    protocol: z.literal(PROTOCOL),
    person: personSchema,
    /** What is so now. `unmarked`: the person was never offboarded. */
    state: z.enum(["offboarded", "reinstated", "unmarked"]),
    /** Whether it was so before. */
    already: z.boolean(),
    /** All clusters of the registry, with the accounts of the person that the ledger knows there. */
    clusters: z
      .array(
        z.strictObject({
          cluster: clusterNameSchema,
          accounts: z.array(z.string()).readonly(),
          /** Why there may be others. `gone`: no registry entry, so that no run reaches it. */
          unknown: z.enum(["unreadable", "gone"]).optional(),
        }),
      )
      .readonly(),
    /** A name that is like the given one, if no cluster is known to have accounts of that. */
    didYouMean: z.string().optional(),
    message: z.string(),
  })
  .readonly();

/** Asks for the names of Identity Center's users. Sent to the enforcement function by a schedule. */
export const directoryRequestSchema = z
  .strictObject({ protocol: z.literal(PROTOCOL), action: z.literal("directory") })
  .readonly();

/** Which directory the names come from: JSON in an SSM parameter, which Terraform writes. */
export const directorySettingsSchema = z
  .strictObject({
    /** `d-1234567890`, or a UUID. */
    identityStoreId: z.string().regex(/^(d-[0-9a-f]{10}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/),
    /** Its region. */
    region: z.string().min(1),
    /** A role to assume in the account of Identity Center. Absent: it is the functions' own account. */
    assumeRoleArn: z.string().min(1).optional(),
  })
  .readonly();

/** The end of that parameter's name, below the registry path. It is the name of no cluster's entry. */
export const DIRECTORY_PARAMETER = "identity-center/directory";

/** What of CloudTrail's events says that a user leaves: the names of Identity Center's own operations. */
export const LEAVING_EVENTS = ["DisableUser", "DeleteUser"] as const;

/** Where such an event comes from: the console and SCIM, the API, and SCIM by its own name. */
const DIRECTORIES = ["sso-directory", "identitystore", "identitystore-scim"];

/** The pattern of a rule for such events. */
export const LEAVING_PATTERN = {
  source: DIRECTORIES.map(name => `aws.${name}`),
  "detail-type": ["AWS API Call via CloudTrail"],
  detail: { eventSource: DIRECTORIES.map(name => `${name}.amazonaws.com`), eventName: LEAVING_EVENTS },
};

export type OffboardRequest = z.output<typeof offboardRequestSchema>;
export type ReinstateRequest = z.output<typeof reinstateRequestSchema>;
export type OffboardResponse = z.output<typeof offboardResponseSchema>;
export type DirectoryRequest = z.output<typeof directoryRequestSchema>;
export type DirectorySettings = z.output<typeof directorySettingsSchema>;

/** The partitions about persons and not about clusters. A cluster's name holds no `#`. */
export interface PersonPartitions {
  /** The reconciler whose partitions these are, if others use the tables, too. */
  readonly reconciler?: string;
  /** Of the ledger: who was offboarded. */
  readonly offboarded: string;
  /** Of the ledger: the names of Identity Center's users. */
  readonly directory: string;
  /** Of the audit trail: offboardings. */
  readonly audit: string;
}

/**
 * @param reconciler the name of the reconciler, where reconcilers of other accounts use the tables as well.
 * Each has partitions of its own: it can prove no mark of another, and a mark without a proof locks.
 */
export function personPartitions(reconciler?: string): PersonPartitions {
  const end = reconciler === undefined ? "" : `#${reconciler}`;
  const names = { offboarded: `#offboarded${end}`, directory: `#directory${end}` };
  return { ...defined({ reconciler }), ...names, audit: OFFBOARDING_CHAIN + end };
}
