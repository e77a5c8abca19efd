import type { RotationStep } from "../../../core/events/events";
import { type RotationRun, rotatedEvent, rotationFailedEvent } from "../../../core/events/password-events";
import { sha256Hex } from "../../runtime/hash";
import { describeFailure } from "../execute/describe-failure";
import { holdEvents, sendEvents } from "../execute/finish-run";
import type { Call } from "../services/services";
import type { RotatedSecret, Rotation } from "./rotated-secret";

const runOf = ({ entry, roster, secret, user, version }: RotatedSecret, { services }: Call): RotationRun => ({
  run: { id: version, cluster: entry.cluster, at: services.now(), sha256: sha256Hex },
  account: user,
  roster,
  secret,
});

/** Writes to the outbox that the account has a new password. Never fails. */
export function holdRotated({ call, ...secret }: Rotation, oldUntil: string): Promise<void> {
  const rotation = runOf(secret, call);
  return holdEvents(rotation.run, [rotatedEvent(rotation, oldUntil)], call);
}

/** Sends the event of a step that failed. Never fails. */
export async function sendFailed(
  secret: RotatedSecret,
  step: RotationStep,
  error: unknown,
  call: Call,
): Promise<void> {
  const rotation = runOf(secret, call);
  const { cluster, id } = rotation.run;
  const event = rotationFailedEvent(rotation, step, describeFailure(error));
  // The rotation may still succeed, and its event must not replace this one.
  await holdEvents({ cluster, id: `${id}-${step}` }, [event], call);
  await sendEvents(cluster, call);
}
