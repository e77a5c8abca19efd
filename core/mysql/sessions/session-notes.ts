import { nameSome } from "../../name-some";
import type { Roster } from "../../roster/roster";
import type { ObservedState } from "../observed-state";
import type { StatementsPlan } from "../statements-request";
import { narrowedWithoutExpired } from "./narrowed-accounts";

/** What a plan says of open sessions. */
export interface SessionFacts {
  readonly entry: { readonly terminateSessions?: false | undefined };
  readonly plan: StatementsPlan;
  readonly roster: Roster;
  readonly observed: ObservedState;
  readonly now: Date;
  /** How many sessions each account has open on the writer. Undefined: not known. */
  readonly counts: ReadonlyMap<string, number> | undefined;
}

/** The notes about whose sessions end, how, and how many are open when planned. */
export function sessionNotes(facts: SessionFacts): string[] {
  const { entry, observed, plan, roster } = facts;
  // Without PROCESS, the administrator sees only its own sessions.
  const isBlind = observed.lacks.some(({ privilege }) => privilege === "PROCESS");
  const counts = isBlind ? undefined : facts.counts;
  if (plan.endSessions.length === 0) return [];
  const narrowed = narrowedWithoutExpired(facts, [roster]);
  const users = [...new Set(plan.endSessions.map(({ user }) => user))];
  const isService = (user: string) =>
    Object.hasOwn(roster.accounts, user) && roster.accounts[user]!.kind === "service";
  const stays = entry.terminateSessions === false;
  const gentle = users.filter(user => narrowed.has(user) && isService(user));
  const list = (some: readonly string[]) =>
    nameSome(some.map(user => (counts ? `${user} (${counts.get(user) ?? 0} open)` : user)));
  const note = (text: string, some: readonly string[], more = "") =>
    some.length === 0 ? [] : [`${text}: ${list(some)}.${more}${counts ? "" : UNKNOWN}`];
  const atOnce = users.filter(user => !narrowed.has(user) || !(stays || gentle.includes(user)));
  return [
    ...note("Sessions end on each instance; open on the writer when planned", atOnce),
    ...(stays
      ? note("Sessions go on with what is taken, as terminateSessions is false", [...narrowed.keys()])
      : note("Sessions of services end if they go on with what is taken", gentle, WHEN)),
  ];
}

const WHEN = " Those that are idle and in no transaction end first, the rest after 30 s.";
const UNKNOWN = " How many are open is not known.";
