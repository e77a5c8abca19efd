import type { Roster } from "../roster/roster";
import type { AccessEvent, RotationStep } from "./events";
import { commonDetail, personOf, type Run } from "./run-events";

/** A rotation of an account's password. */
export interface RotationRun {
  /** Its id is the version of the secret that the rotation makes. */
  readonly run: Omit<Run, "action">;
  readonly account: string;
  /** The roster that declares the account. */
  readonly roster: Roster;
  readonly secret: string;
}

const detailOf = ({ account, roster, run, secret }: RotationRun, ...about: readonly string[]) => ({
  ...commonDetail(run, "rotation", ...about),
  ...personOf(account, roster),
  secret,
});

/** @param oldUntil until when the password before it works, as an ISO 8601 timestamp */
export const rotatedEvent = (rotation: RotationRun, oldUntil: string): AccessEvent => ({
  type: "password.rotated",
  detail: { ...detailOf(rotation, "rotated"), oldUntil },
});

/** A step that failed. The same failure of the same step has the same id, however often it is tried. */
export const rotationFailedEvent = (
  rotation: RotationRun,
  step: RotationStep,
  { code, message }: { readonly code: string; readonly message: string },
): AccessEvent => ({
  type: "password.rotation-failed",
  detail: { ...detailOf(rotation, step, code), step, code, message: message.slice(0, 8_000) },
});
