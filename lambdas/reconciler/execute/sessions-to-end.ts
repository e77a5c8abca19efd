import type { RegistryEntry } from "../../../core/contract/registry-entry";
import type { AccountId, StatementsPlan } from "../../../core/mysql";
import { narrowedWithoutExpired } from "../../../core/mysql/sessions/narrowed-accounts";
import type { Roster } from "../../../core/roster/roster";
import type { NarrowedUsers } from "../mysql/narrowing/end-gently";
import type { Observation } from "../mysql/observe";
import type { SessionsToEnd } from "./end-open-sessions";

/** A plan whose statements run. */
interface TakingPlan {
  readonly plan: StatementsPlan;
  /** Accounts whose sessions an earlier run had to end. */
  readonly earlier: readonly AccountId[];
  /** They say which accounts are of services. */
  readonly rosters: readonly (Roster | undefined)[];
  /** The cluster before the statements. */
  readonly observation: Pick<Observation, "observed">;
  readonly now: Date;
}

/**
 * Whose sessions end after a plan's statements, and how. What an earlier run took from an account is not
 * known any more: its sessions end as if it were gone.
 */
export function sessionsToEnd(
  { terminateSessions }: Pick<RegistryEntry, "terminateSessions">,
  { earlier, now, observation, plan, rosters }: TakingPlan,
): Required<SessionsToEnd> {
  const open = new Set(earlier.map(({ user }) => user));
  const { observed } = observation;
  const narrowed = new Map(
    [...narrowedWithoutExpired({ plan, observed, now }, rosters)].filter(([user]) => !open.has(user)),
  );
  const accounts = [...plan.endSessions, ...earlier];
  const none: NarrowedUsers = new Map();
  if (terminateSessions === false)
    return { accounts: accounts.filter(({ user }) => !narrowed.has(user)), services: none, kept: narrowed };
  const isService = (user: string) =>
    rosters.some(
      roster => roster && Object.hasOwn(roster.accounts, user) && roster.accounts[user]!.kind === "service",
    );
  return { accounts, services: new Map([...narrowed].filter(([user]) => isService(user))), kept: none };
}
