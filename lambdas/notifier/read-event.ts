import { z } from "zod";
import { type AccessEvent, EVENT_SCHEMAS, EVENT_SOURCE, EVENT_TYPES, type EventType } from "../../core/events";
import { EventError } from "./errors";

const envelopeSchema = z.object({
  source: z.literal(EVENT_SOURCE),
  "detail-type": z.enum(EVENT_TYPES as readonly [EventType, ...EventType[]]),
  detail: z.unknown(),
});

/** The event in a queue's message, which is what EventBridge put there. @throws EventError which repeats none of its values */
export function readEvent(body: string): AccessEvent {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw new EventError("the message is no JSON");
  }
  const envelope = envelopeSchema.safeParse(json);
  if (!envelope.success) throw new EventError(`the message is no event of ours: ${paths(envelope.error)}`);
  const type = envelope.data["detail-type"];
  const detail = EVENT_SCHEMAS[type].safeParse(envelope.data.detail);
  if (!detail.success) throw new EventError(`the event ${type} is not as its schema says: ${paths(detail.error)}`);
  return { type, detail: detail.data } as AccessEvent;
}

const paths = (error: z.ZodError): string =>
  [...new Set(error.issues.map(issue => issue.path.join(".") || "(all)"))].slice(0, 5).join(", ");
