import * as z from "zod";
import {
  type AccessEvent,
  EVENT_SCHEMAS,
  EVENT_SOURCE,
  EVENT_TYPES,
  type EventType,
} from "../../core/events/events";
import { parseJson } from "../../core/json";
import { EventError } from "./runtime/errors";

const envelopeSchema = z.object({
  source: z.literal(EVENT_SOURCE),
  "detail-type": z.enum(EVENT_TYPES as readonly [EventType, ...EventType[]]),
  detail: z.unknown(),
});

/**
 * The event in a queue's message, as EventBridge wrote it.
 * @throws EventError which repeats none of its values
 */
export function readEvent(body: string): AccessEvent {
  const json = parseJson(body);
  if ("problem" in json) throw new EventError("the message is not JSON");
  const envelope = envelopeSchema.safeParse(json.value);
  if (!envelope.success) throw new EventError(`the message is no event of ours: ${paths(envelope.error)}`);
  const type = envelope.data["detail-type"];
  const detail = parseKnown(EVENT_SCHEMAS[type], envelope.data.detail);
  if (!detail.success)
    throw new EventError(`the event ${type} does not match its schema: ${paths(detail.error)}`);
  return { type, detail: detail.data } as AccessEvent;
}

/** Leaves out the fields that a newer release added within this version of the schema. */
function parseKnown(schema: z.ZodType, value: unknown): z.ZodSafeParseResult<unknown> {
  const parsed = schema.safeParse(value);
  if (parsed.success || !parsed.error.issues.every(issue => issue.code === "unrecognized_keys"))
    return parsed;
  const known = structuredClone(value);
  for (const issue of parsed.error.issues) {
    if (issue.code !== "unrecognized_keys") continue;
    const holder = issue.path.reduce((at: unknown, key) => (at as Record<PropertyKey, unknown>)[key], known);
    for (const key of issue.keys) delete (holder as Record<string, unknown>)[key];
  }
  return schema.safeParse(known);
}

const paths = (error: z.ZodError): string =>
  [...new Set(error.issues.map(issue => issue.path.join(".") || "(all)"))].slice(0, 5).join(", ");
