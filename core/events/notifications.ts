import * as z from "zod";
import { clusterNameSchema } from "../contract/registry-entry";
import { EVENT_TYPES, type EventType } from "./events";

const types = z.enum(EVENT_TYPES as readonly [EventType, ...EventType[]]);

const filter = {
  /** Identifies the channel in names of queues, in metrics and in logs. */
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,30}$/, "lower-case letters, digits and `-`, at most 31, the first a letter"),
  /** The events that the channel sends. */
  events: z.array(types).min(1).readonly(),
  /** The clusters whose events it sends. Absent: all clusters. */
  clusters: z.array(clusterNameSchema).min(1).readonly().optional(),
};

const emailTransportSchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("ses"),
    region: z.string().optional(),
    configurationSet: z.string().optional(),
  }),
  /**
   * A secret with JSON: `host`, `port`, and optionally `username`, `password`, `secure` (TLS from the first
   * byte, otherwise STARTTLS) and `ca` (PEM).
   */
  z.strictObject({ type: z.literal("smtp"), secretArn: z.string().min(1) }),
]);

/** A channel for messages. A new kind needs a member here, a sender in lambdas/notifier and a construct. */
export const channelSchema = z.discriminatedUnion("type", [
  z.strictObject({
    ...filter,
    type: z.literal("email"),
    from: z.string().min(3).max(320),
    replyTo: z.string().min(3).max(320).optional(),
    transport: emailTransportSchema,
    to: z.strictObject({
      /** Whether the person whose access it is gets a mail: events `access.*`. */
      person: z.boolean(),
      /** Whether the owners of the projects concerned get a mail: `reconcile.succeeded`. */
      owners: z.boolean(),
      /** Addresses that get a mail about every run and about drift. */
      addresses: z.array(z.string().min(3).max(320)).readonly(),
    }),
  }),
  z.strictObject({ ...filter, type: z.literal("sns"), topicArn: z.string().min(1) }),
  /** The secret is the incoming webhook's URL, or JSON with `url`. */
  z.strictObject({ ...filter, type: z.literal("slack"), webhookSecretArn: z.string().min(1) }),
  z.strictObject({ ...filter, type: z.literal("teams"), webhookSecretArn: z.string().min(1) }),
]);

export type Channel = z.output<typeof channelSchema>;
export type ChannelType = Channel["type"];
export type ChannelOf<T extends ChannelType> = Extract<Channel, { type: T }>;

/** The templates of an event, which can be replaced: `<event type>.<subject|html|text>`, in Mustache. */
export const TEMPLATE_KINDS = ["subject", "html", "text"] as const;
export const templateNameSchema = z
  .string()
  .refine(
    name => EVENT_TYPES.some(type => TEMPLATE_KINDS.some(kind => name === `${type}.${kind}`)),
    `\`<event>.<${TEMPLATE_KINDS.join("|")}>\`, the event one of ${EVENT_TYPES.join(", ")}`,
  );

/** The notifier's configuration: JSON in an SSM parameter, which Terraform writes. */
export const notifierConfigSchema = z
  .strictObject({
    version: z.literal(1),
    /** The notifier's name: `service` in its logs and metrics. */
    service: z.string().min(1),
    /** By the name of the channel's queue. */
    channels: z.record(z.string(), channelSchema).readonly(),
    /** By template name: the SSM parameter that holds the template. */
    templates: z.record(templateNameSchema, z.string().min(1)).readonly(),
  })
  .readonly();

export type NotifierConfig = z.output<typeof notifierConfigSchema>;

/** The events of a channel by default. */
export const DEFAULT_EVENTS: Readonly<Record<ChannelType, readonly EventType[]>> = {
  email: [
    "access.granted",
    "access.changed",
    "access.revoked",
    "access.expiring",
    "access.expired",
    "reconcile.succeeded",
    "reconcile.failed",
    "drift.detected",
    "password.rotated",
    "password.rotation-failed",
  ],
  sns: ["reconcile.failed", "drift.detected", "password.rotation-failed"],
  slack: ["reconcile.succeeded", "reconcile.failed", "drift.detected", "password.rotation-failed"],
  teams: ["reconcile.succeeded", "reconcile.failed", "drift.detected", "password.rotation-failed"],
};
