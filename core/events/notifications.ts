import { z } from "zod";
import { clusterNameSchema } from "../contract/registry-entry";
import { EVENT_TYPES, type EventType } from "./events";

const types = z.enum(EVENT_TYPES as readonly [EventType, ...EventType[]]);

const filter = {
  /** Tells channels apart in queues' names, metrics and logs. */
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,30}$/, "lower-case letters, digits and `-`, at most 31, the first a letter"),
  /** The events that it wants. */
  events: z.array(types).min(1).readonly(),
  /** Absent: those of all clusters. */
  clusters: z.array(clusterNameSchema).min(1).readonly().optional(),
};

const emailTransportSchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("ses"),
    region: z.string().optional(),
    configurationSet: z.string().optional(),
  }),
  /** A secret with JSON: `host`, `port`, and optionally `username`, `password`, `secure` (TLS from the first byte; else STARTTLS) and `ca` (PEM). */
  z.strictObject({ type: z.literal("smtp"), secretArn: z.string().min(1) }),
]);

/** Where messages go. A new channel: one member here, one sender in lambdas/notifier, one construct. */
export const channelSchema = z.discriminatedUnion("type", [
  z.strictObject({
    ...filter,
    type: z.literal("email"),
    from: z.string().min(3).max(320),
    replyTo: z.string().min(3).max(320).optional(),
    transport: emailTransportSchema,
    to: z.strictObject({
      /** The person whom the event is about: events `access.*`. */
      person: z.boolean(),
      /** Who answers for the projects concerned. */
      owners: z.boolean(),
      /** Everybody on this list. */
      addresses: z.array(z.string().min(3).max(320)).readonly(),
    }),
  }),
  z.strictObject({ ...filter, type: z.literal("sns"), topicArn: z.string().min(1) }),
  /** A secret that is the incoming webhook's URL, or JSON with `url`. */
  z.strictObject({ ...filter, type: z.literal("slack"), webhookSecretArn: z.string().min(1) }),
  z.strictObject({ ...filter, type: z.literal("teams"), webhookSecretArn: z.string().min(1) }),
]);

export type Channel = z.output<typeof channelSchema>;
export type ChannelType = Channel["type"];
export type ChannelOf<T extends ChannelType> = Extract<Channel, { type: T }>;

/** Templates that can be replaced: `<event type>.<subject|html|text>`, in Mustache. */
export const TEMPLATE_KINDS = ["subject", "html", "text"] as const;
export const templateNameSchema = z
  .string()
  .refine(
    name => EVENT_TYPES.some(type => TEMPLATE_KINDS.some(kind => name === `${type}.${kind}`)),
    `\`<event>.<${TEMPLATE_KINDS.join("|")}>\`, the event one of ${EVENT_TYPES.join(", ")}`,
  );

/** What Terraform wrote for the notifier, as JSON in an SSM parameter. */
export const notifierConfigSchema = z
  .strictObject({
    version: z.literal(1),
    /** The notifier's name: `service` in its logs and metrics. */
    service: z.string().min(1),
    /** By the name of the queue that the channel's messages wait in. */
    channels: z.record(z.string(), channelSchema).readonly(),
    /** By template name: the SSM parameter that holds it. */
    templates: z.record(templateNameSchema, z.string().min(1)).readonly(),
  })
  .readonly();

export type NotifierConfig = z.output<typeof notifierConfigSchema>;

/** What a channel wants where nobody says otherwise. */
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
  ],
  sns: ["reconcile.failed", "drift.detected"],
  slack: ["reconcile.succeeded", "reconcile.failed", "drift.detected"],
  teams: ["reconcile.succeeded", "reconcile.failed", "drift.detected"],
};
