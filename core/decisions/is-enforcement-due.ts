import type { KnownCluster, KnownSource } from "./known-cluster";
import { rostersUntilNextApply } from "./rosters-in-effect";

/** What enforcement knows of its earlier runs on a cluster. */
export interface KnownEnforcement {
  /** When a run last succeeded. */
  readonly lastSuccess?: string | undefined;
  /** The fingerprint of the drift that was reported last. */
  readonly drift?: string | undefined;
  /** What a run was about to do, and may not have done. */
  readonly open?: { readonly expired: readonly string[] } | undefined;
}

/**
 * Whether a run has anything to do but to look for drift: a run that died, a changed source, or a grant that
 * ended since the last success.
 */
export function isEnforcementDue(
  { applied, target }: KnownCluster,
  sources: readonly KnownSource[],
  { lastSuccess, open }: KnownEnforcement,
  now: Date,
): boolean {
  if (open || lastSuccess === undefined) return true;
  if (sources.some(({ formerly, pending, withdrawn }) => !withdrawn && pending.length + formerly.length > 0))
    return true;
  const since = Date.parse(lastSuccess);
  const ofSources = rostersUntilNextApply(sources).map(({ roster }) => roster);
  return [target?.roster, applied?.roster, ...ofSources]
    .flatMap(roster => Object.values(roster?.accounts ?? {}))
    .flatMap(({ databases }) => Object.values(databases))
    .some(({ expires }) => {
      const end = expires === undefined ? Number.POSITIVE_INFINITY : Date.parse(expires);
      return end > since && end <= now.getTime();
    });
}
