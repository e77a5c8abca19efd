import * as z from "zod";
import { parseJson } from "../../../core/json";
import { leavingSchema, offboardLeaving } from "../offboarding/leaving-user";
import type { Call } from "../services/services";
import { reconcileChanges } from "./source-changes";

const queuedSchema = z.object({
  Records: z
    .array(z.object({ eventSource: z.literal("aws:sqs"), messageId: z.string(), body: z.string() }))
    .min(1),
});

/** Whether the payload is a batch of messages from a queue. */
export const isQueued = (payload: unknown): boolean => queuedSchema.safeParse(payload).success;

/** Carries out the messages of a queue: of users who leave, and of parameters that changed. */
export async function handleQueued(payload: unknown, call: Call): Promise<unknown> {
  const bodies = queuedSchema.parse(payload).Records.map(({ body }) => body);
  const leaving = bodies.flatMap(body => {
    const json = parseJson(body);
    return leavingSchema.safeParse("value" in json ? json.value : undefined).data ?? [];
  });
  // Each queue delivers one message at a time, and messages of one kind.
  if (leaving.length === 0) return reconcileChanges(bodies, call);
  for (const event of leaving) await offboardLeaving(event, call);
  return {};
}
