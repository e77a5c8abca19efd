import { leftOutBegin, sameRoster } from "../contract/change-set";
import type { PreviewRequest } from "../contract/payload";
import {
  assembleStatements,
  findUndeclared,
  loginTakers,
  loginTakersNote,
  type StatementsPlan,
} from "../mysql";
import { hostsIn, isHostOf } from "../mysql/former-hosts";
import { namedNotes, reportedAccounts, takenOverIn } from "../mysql/named-accounts";
import { type SessionFacts, sessionNotes } from "../mysql/sessions/session-notes";
import { nameSome, sentences } from "../name-some";
import { accountNames, type Roster } from "../roster/roster";
import type { Unproven } from "../unproven";
import { idleGrantNotes } from "../users/idle-grants";
import { checkCeiling, RAISE_FIRST } from "./check-ceiling";
import {
  compareHolders,
  type HoldersBaseline,
  holderNotes,
  managedDatabases,
  type NewHolder,
} from "./holders";
import type { RegisteredCluster } from "./known-cluster";
import { leaversAmong, leaversNotes, leftBehindNote, namingLeavers } from "./left-behind";
import { type MergedRoster, mergedRoster, sourcesNotes } from "./merged-roster";
import { isForeign, ownerConflict } from "./owner-conflict";
import type { Observed } from "./plan-enforcement";
import { alsoText, type Findings, lockedText, offboardedNote } from "./preview-answer";
import { managedHosts, managedUsers } from "./rosters-in-effect";
import { aloneNotes, brokenRules } from "./rules/within-rules";

/** What a preview knows before it looks at the database. */
export interface PreviewFacts extends RegisteredCluster {
  readonly request: PreviewRequest;
  /** Who reached the managed databases when a run last looked. */
  readonly holders?: HoldersBaseline | undefined;
}

/** What a look at the database added. */
export interface ObservedFacts extends PreviewFacts {
  readonly observation: Observed;
  readonly now: Date;
  /** How many sessions each account has open. Absent: not known. */
  readonly sessions?: SessionFacts["counts"];
}

/** A change set with new findings, or, with status `same`, the last one again. */
export type PreviewDecision = Findings | (Omit<Findings, "status"> & { readonly status: "same" });

/**
 * Why the roster must not be applied, whatever the database holds; empty if nothing is against it.
 * @throws CeilingError for accounts and databases that are never touched
 */
export function refusalReasons({ entry, request, state }: PreviewFacts, now: Date): string[] {
  const above = checkCeiling(request.roster, entry);
  if (above.length > 0) return above.map(text => `${text}. ${RAISE_FIRST}`);
  const conflict = ownerConflict(state.head, request);
  return brokenRules(request.cluster, request.roster, now).concat(conflict ?? []);
}

/**
 * Whether the ledger's last success is what the request asks for, on this cluster, and nothing was tried
 * since. A withdrawn source that is still in effect needs another apply, even if others have its accounts.
 */
export function isLastSuccess({ entry, request, state, states }: PreviewFacts): boolean {
  const { applied, head } = state;
  const isSettled =
    head.target === head.applied &&
    [head.attempt, head.released, head.unproven].every(open => open === undefined);
  return (
    isSettled &&
    head.owner === request.owner &&
    sameRoster(applied?.roster, request.roster) &&
    !states.some(source => source.withdrawn && accountNames(source.effective).length > 0) &&
    (head.resourceId ?? entry.resourceId) === entry.resourceId
  );
}

/** The database, the ledger or the registry could not be read, for a reason in words. */
export const unverifiedFindings = (cluster: string, reason: string): Findings => ({
  status: "unverified",
  notes: [`${cluster} could not be observed, and nothing will be applied to it: ${reason}`],
  summary: `${cluster}: the database could not be observed: ${reason}`,
});

export const refusedFindings = (cluster: string, reasons: readonly string[]): Findings => ({
  status: "refused",
  notes: reasons,
  summary: `${cluster}: refused: ${sentences(reasons, 3)}`,
});

/** Compares the roster with what a look at the database found. @param isLast see `isLastSuccess` */
export function decidePreview(facts: ObservedFacts, isLast: boolean): PreviewDecision {
  const { entry, now, observation, request, state, states } = facts;
  const { cluster, gate, roster } = request;
  const { alsoManages, definers, prefix, unmanaged } = entry;
  const isUnseen = !state.head.gates.includes(gate);
  const { disabledEvents, passwords } = state;
  const known = { ...observation, disabledEvents, passwords, takeOver: takenOverIn(entry, roster) };
  const rules = { ...known, now, alsoManages, prefix, unmanaged, definers, onlyCreate: isUnseen };
  const { blocked, ...merged } = mergedRoster(facts, roster, rules);
  const plan = assembleStatements({ ...rules, ...merged });
  const leavers = leaversAmong(leaving(merged.previouslyDeclared, plan), observation.observed);
  if (plan.problems.length > 0) return namingLeavers(refusedPlan(cluster, plan, observation), leavers);
  const outside = newHolders(facts, merged.roster);
  const undeclared = undeclaredAccounts(facts, { ...merged, blocked });
  const hosts = hostsIn(merged.roster);
  const takers = loginTakers(observation.observed, hosts);
  const found = { verified: true, unmanaged: [...takers, ...reportedAccounts(entry, undeclared)] };
  const also = alsoText({ plan, leavers, outside, takers, undeclared, blocked });
  // What a reviewer must not overlook comes first.
  const warnings = [
    ...leftOutNotes(plan),
    ...offboardedNote(merged.roster),
    ...loginTakersNote(observation.observed, hosts),
    ...handsOnNotes(plan),
    ...unprovenNote(facts),
    ...holderNotes(outside),
    ...leaversNotes(leavers),
    ...aloneNotes(cluster, merged.roster, now),
  ];
  const notes = [
    ...plan.notes,
    ...idleGrantNotes(merged.roster, observation.observed),
    ...takeOverNotes(facts),
    ...namedNotes(entry, roster, merged.previouslyDeclared),
    ...sourcesNotes(roster, states, blocked),
    ...sessionNotes({ entry, plan, roster: merged.roster, ...observation, now, counts: facts.sessions }),
  ];
  const unproven = state.head.unproven ? `; the ledger's record is not proven (${state.head.unproven})` : "";
  const pending = plan.statements.length + plan.waiting;
  if (pending + plan.leftOut.size > 0) {
    const were = pending === 1 ? "1 statement was" : `${pending} statements were`;
    const named = pending === 0 ? "" : `: ${describeAccounts(plan)}`;
    return {
      ...found,
      status: isUnseen ? "unseen" : "changes",
      statements: plan.statements.map(({ sql }) => sql),
      notes: [...warnings, ...waitingNote(plan), ...notes],
      pending: pending + plan.leftOut.size,
      summary: `${cluster}: when planned, ${were} pending${named}${also}`,
    };
  }
  if (isLast && outside.length === 0)
    return { ...found, status: "same", notes: [], summary: `${cluster}: nothing is pending${also}` };
  return {
    ...found,
    status: "none",
    notes: [...warnings, "The database is as declared. Apply brings the ledger up to date.", ...notes],
    summary: `${cluster}: nothing is pending in the database${also}${unproven}`,
  };
}

const leaving = (earlier: readonly string[], { renames }: StatementsPlan): string[] =>
  earlier.filter(name => !renames.has(name));

function refusedPlan(cluster: string, plan: StatementsPlan, observation: Observed): Findings {
  const { notes, summary, ...refused } = refusedFindings(cluster, plan.problems);
  const locked = lockedText(lockedAlready(plan, observation));
  return { ...refused, notes: [...notes, ...plan.notes], summary: summary + locked };
}

/** Accounts that are not managed, with access that no applied plan has shown. */
function newHolders(
  { entry, holders, now, observation, state, states }: ObservedFacts,
  roster: Roster,
): readonly NewHolder[] {
  const { observed } = observation;
  const databases = managedDatabases(roster, entry);
  const managed = managedUsers(state, states, roster);
  const isManagedHost = managedHosts(state, roster);
  const request = { observed, names: entry, managed, isManagedHost, databases, now };
  return compareHolders({ ...request, baseline: holders }).unseen;
}

function handsOnNotes({ handsOn, statements }: StatementsPlan): string[] {
  const changed = new Set(statements.flatMap(({ accounts }) => accounts.map(({ user }) => user)));
  const log = "The database's audit log tells what was granted.";
  const note = (users: readonly string[], what: string) =>
    users.length === 0 ? [] : [`${nameSome(users)} could hand on access: ${what} ${log}`];
  return [
    ...note(
      handsOn.filter(user => changed.has(user)),
      "GRANT OPTION is revoked.",
    ),
    ...note(
      handsOn.filter(user => !changed.has(user)),
      "GRANT OPTION STAYS, since no statement can revoke it.",
    ),
  ];
}

function undeclaredAccounts({ observation }: ObservedFacts, merged: MergedRoster): string[] {
  const isKnown = (user: string) =>
    Object.hasOwn(merged.roster.accounts, user) ||
    merged.previouslyDeclared.includes(user) ||
    (merged.blocked.has(user) && !merged.strangers.has(user));
  const isItsHost = isHostOf(merged.roster, merged.previouslyDeclared);
  return [...findUndeclared(observation.observed, isKnown, isItsHost)];
}

const takeOverNotes = (facts: PreviewFacts): string[] => {
  const { head } = facts.state;
  const foreign = `The cluster is taken over from \`${head.owner}\`.`;
  return [...(isForeign(head, facts.request) ? [foreign] : []), ...leftBehindNote(facts)];
};

/** What an unproven head means. The plan is never empty then, so that somebody applies. */
const UNPROVEN: Readonly<Record<Unproven, string>> = {
  missing: "has no proof: that is normal once, right after the upgrade; otherwise somebody removed it",
  invalid:
    "does not have the proof of this reconciler's key: somebody else wrote it, or the key is another one",
  unknown: "cannot be checked, because the KMS key of the reconciler does not answer the preview function",
};

const unprovenNote = ({ state }: PreviewFacts): string[] =>
  state.head.unproven
    ? [
        `The ledger's record of this cluster ${UNPROVEN[state.head.unproven]}. Until an apply proves it, ` +
          "enforcement takes access away and gives none.",
      ]
    : [];
const leftOutNotes = ({ leftOut }: StatementsPlan): string[] =>
  [...leftOut].map(
    ([user, reason]) =>
      `${leftOutBegin(user)}${reason} All other statements run, and the apply then ends with an error.`,
  );

/** The accounts that an earlier run has locked, for a plan of which nothing runs. */
const lockedAlready = ({ notGone }: StatementsPlan, { observed }: Observed): StatementsPlan["notGone"] =>
  notGone.filter(({ user, host }) =>
    observed.accounts.some(account => account.locked && account.user === user && account.host === host),
  );

function waitingNote({ waiting }: StatementsPlan): string[] {
  if (waiting === 0) return [];
  const wait = waiting === 1 ? "statement waits" : "statements wait";
  return [
    `No one can review this set before it runs, so it only creates accounts that do not exist. ${waiting} more ${wait} ` +
      `for the next plan, which shows ${waiting === 1 ? "it" : "them"}.`,
  ];
}

function describeAccounts(plan: StatementsPlan): string {
  const users = plan.statements.flatMap(({ accounts }) => accounts.map(({ user }) => user));
  const waiting = plan.waiting > 0 ? `${plan.waiting} for the next plan` : "";
  return [nameSome(users), waiting].filter(Boolean).join("; ");
}
