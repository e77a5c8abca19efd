import { type KnownPassword, rotationEnd } from "../mysql/password-login";
import { isOffboarded, type OffboardMark } from "../roster/offboarded";
import { grantsOf } from "../roster/roster";
import type { KnownCluster, KnownSource } from "./known-cluster";
import { rostersUntilNextApply } from "./rosters-in-effect";

/** What enforcement knows of its earlier runs on a cluster. */
export interface KnownEnforcement {
  /** When a run last succeeded. */
  readonly lastSuccess?: string | undefined;
  /** Until when logins that began before access was taken can finish. */
  readonly lateLogins?: string | undefined;
  /** Whether sessions are still to be ended on a server that was out of reach. */
  readonly isLeft?: boolean;
  /** The fingerprint of the drift that was reported last. */
  readonly drift?: string | undefined;
  /** What a run was about to do, and may not have done. */
  readonly open?: { readonly expired: readonly string[] } | undefined;
}

/** Whether a moment has come since a run last succeeded. */
export function isSince(moment: string | undefined, lastSuccess: string | undefined, now: Date): boolean {
  const at = moment === undefined ? Number.POSITIVE_INFINITY : Date.parse(moment);
  return at > Date.parse(lastSuccess ?? NEVER) && at <= now.getTime();
}

const NEVER = new Date(0).toISOString();

/** Whether anybody was offboarded since a run last succeeded: their sessions end on each server then. */
export const isAnyoneShutOut = (marks: readonly OffboardMark[], lastSuccess: string | undefined): boolean =>
  marks.some(mark => isOffboarded(mark) && Date.parse(mark.at) >= Date.parse(lastSuccess ?? NEVER));

/**
 * Whether a run has anything to do but to look for drift: a run that died, a changed source, a grant that
 * ended since the last success, a password of before a rotation that is over, logins that can have finished
 * late, or a person who was offboarded or reinstated since then.
 */
export function isEnforcementDue(
  { applied, offboarded = [], passwords, target }: KnownCluster,
  sources: readonly KnownSource[],
  { isLeft, lastSuccess, lateLogins, open }: KnownEnforcement,
  now: Date,
): boolean {
  if (open || isLeft || lastSuccess === undefined) return true;
  if (sources.some(({ formerly, pending, withdrawn }) => !withdrawn && pending.length + formerly.length > 0))
    return true;
  const isNew = (moment: string | undefined) => isSince(moment, lastSuccess, now);
  // By the clock of the container that wrote it, which may be ahead of this one's.
  if (offboarded.some(({ at }) => Date.parse(at) >= Date.parse(lastSuccess))) return true;
  if (isNew(lateLogins)) return true;
  if ([...(passwords?.values() ?? [])].some(known => passwordMoments(known).some(isNew))) return true;
  const ofSources = rostersUntilNextApply(sources).map(({ roster }) => roster);
  return [target?.roster, applied?.roster, ...ofSources]
    .flatMap(roster => Object.values(roster?.accounts ?? {}))
    .flatMap(grantsOf)
    .some(({ grant }) => isNew(grant.expires));
}

/** When something is to be done about an account's second password. */
function passwordMoments(known: KnownPassword): readonly (string | undefined)[] {
  const end = rotationEnd(known);
  return [known.oldUntil, end === undefined ? undefined : new Date(end).toISOString()];
}
