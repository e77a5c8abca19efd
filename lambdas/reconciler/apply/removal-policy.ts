import type { RemovalPolicy } from "../../../core/contract/payload";
import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { managedUsers, removedAccounts } from "../../../core/decisions/rosters-in-effect";
import {
  administratorProblems,
  assembleStatements,
  type ObservedAccount,
  objectName,
} from "../../../core/mysql";
import { nameSome } from "../../../core/name-some";
import { hasPrefix } from "../../../core/roster/account-name";
import { EMPTY_ROSTER } from "../../../core/roster/roster";
import { type AuditSubject, recordIntent, recordResult } from "../execute/audit-run";
import { type Intent, runPlan } from "../execute/run-plan";
import { failureOf, NOTHING_RAN, type RunReport } from "../execute/run-report";
import { instancesRemain, sessionsRemain } from "../execute/sessions-remain";
import { withClusterLock } from "../execute/with-cluster-lock";
import type { LockedSession } from "../mysql/cluster-lock";
import { observe } from "../mysql/observe";
import { AccountsRemainError, DatabaseUnreachableError, RosterRefusedError } from "../runtime/errors";
import { connectTimeout } from "../services/services";
import type { LedgerState } from "../store/ledger";
import type { SourceState } from "../store/source-ledger";
import { earlierAnswer } from "./earlier-answer";
import { APPLY_AGAIN, type HookResult, type HookRun } from "./hook-run";

/** The deletion of a cluster's last hook. */
export interface DeletedHook extends HookRun {
  readonly entry: RegistryEntry;
  readonly subject: AuditSubject;
  readonly state: LedgerState;
  readonly states: readonly SourceState[];
  /** Why it may not be the cluster's last hook. */
  readonly doubt: string | undefined;
}

/** What the removal policy did, and which accounts remain. */
export interface Removal {
  /** Managed accounts that remain; empty if the cluster is gone. */
  readonly accounts: readonly string[];
  /** Whether the cluster no longer exists. */
  readonly isGone: boolean;
  readonly report: RunReport;
}

/** What a deletion answers, or throws, once it is recorded and no lock is held. */
export type Conclusion = () => HookResult | Promise<HookResult>;

/** How a deletion ends. */
export interface Ending {
  /** Records it. Never fails: the conclusion does. */
  readonly conclude: (removal: Removal) => Promise<Conclusion>;
  /** Begins once more, as the cluster's ledger is no longer what it was when the deletion was judged. */
  readonly again: Conclusion;
}

/** The policy of the last successful call. In doubt nobody is dropped. */
export function policyOf({ doubt, state }: Pick<DeletedHook, "doubt" | "state">): RemovalPolicy {
  const { removalPolicy = "protect" } = state.head;
  return removalPolicy === "remove" && doubt !== undefined ? "protect" : removalPolicy;
}

/**
 * Acts by the removal policy, then concludes. Under `remove` that is before the cluster's lock is free again,
 * so that a copy of the call finds the answer.
 * @throws RunFailedError, AccountsRemainError
 */
export async function applyRemovalPolicy(hook: DeletedHook, ending: Ending): Promise<Conclusion> {
  const { conclude } = ending;
  const policy = policyOf(hook);
  const isGone = false;
  try {
    if (policy === "remove") return await removeAccounts(hook, ending);
    const accounts = await remainingAccounts(hook);
    if (policy === "retain" || accounts.length === 0)
      return await conclude({ accounts, isGone, report: NOTHING_RAN });
    throw new AccountsRemainError(
      `${hook.entry.cluster}: ${count(accounts)} left (${nameSome(accounts)}), and without this hook no one would manage ` +
        `them. ${adviceFor(hook)} Access still ends on its date. The records of the grants and the ` +
        "policies of `grantConnect` may be destroyed already: if the cluster stays, an apply makes them again.",
    );
  } catch (error) {
    const { reason } = failureOf(error);
    if (!(reason instanceof DatabaseUnreachableError)) throw error;
    // The cluster was deleted, and its accounts with it.
    if (reason.gone) return conclude({ accounts: [], isGone: true, report: NOTHING_RAN });
    if (policy === "retain")
      return conclude({ accounts: declaredAccounts(hook), isGone, report: NOTHING_RAN });
    throw error;
  }
}

function adviceFor(hook: DeletedHook): string {
  const emptyFirst = `pply an empty roster first${withoutSources(hook)}`;
  return hook.doubt === undefined
    ? `A${emptyFirst}, or set \`removalPolicy\` to "remove" or "retain" and apply that, then destroy again.`
    : `It may not be the last hook, so that nobody is dropped: ${hook.doubt}. If others go on with the cluster, ` +
        'set `removalPolicy` to "retain", apply and destroy again: the accounts stay for them. ' +
        `Only if nobody else declares it, a${emptyFirst}, then destroy again.`;
}

const withoutSources = ({ states }: DeletedHook): string =>
  states.some(({ withdrawn }) => !withdrawn) ? " without sources in Parameter Store" : "";

/** All accounts that this cluster's rosters declared, as far as the ledger knows. */
const declaredAccounts = ({ state, states }: DeletedHook): string[] =>
  [...managedUsers(state, states, EMPTY_ROSTER)].sort();

/**
 * Managed accounts that exist. Undeclared accounts count if the cluster manages them, or if the ledger knows
 * nothing of the cluster.
 */
async function remainingAccounts(hook: DeletedHook): Promise<string[]> {
  const { call, entry, state } = hook;
  const callMs = call.deadline.left();
  const timeoutMs = Math.min(connectTimeout(entry), callMs);
  const session = await call.services.connect(entry, { bulkRead: true, timeoutMs, callMs });
  try {
    const { observed } = await observe(session, entry);
    const declared = new Set(declaredAccounts(hook));
    const isEach = entry.unmanaged !== "report" || state.target === undefined;
    const users = new Set(observed.accounts.map(({ user }) => user));
    return [...users].filter(user => declared.has(user) || (isEach && hasPrefix(entry.prefix, user)));
  } finally {
    await session.close();
  }
}

/** Drops every managed account. @throws RunFailedError, AccountsRemainError */
function removeAccounts(hook: DeletedHook, { again, conclude }: Ending): Promise<Conclusion> {
  const { call, entry, state, subject } = hook;
  return withClusterLock({ call, entry, subject, waitMs: call.deadline.left() }, async session => {
    const head = await call.services.ledger.head(entry.cluster);
    const answered = await earlierAnswer(hook, head);
    if (answered) return () => answered;
    // Another hook or owner may have got the cluster while this call waited. Nobody gets it without the lock.
    if (head.revision !== state.head.revision) return again;
    return conclude({ accounts: [], isGone: false, report: await removeUnderLock(hook, session) });
  });
}

async function removeUnderLock(hook: DeletedHook, session: LockedSession): Promise<RunReport> {
  const { call, entry, id, state, subject } = hook;
  const { alsoManages, cluster, definers, prefix, unmanaged } = entry;
  const { ledger, now } = call.services;
  const previouslyDeclared = declaredAccounts(hook);
  const at = now();
  const observation = await observe(session, entry);
  const plan = assembleStatements({
    ...observation,
    roster: EMPTY_ROSTER,
    now: at,
    prefix,
    alsoManages,
    definers,
    previouslyDeclared,
    onlyCreate: false,
    unmanaged: unmanaged === "remove" ? "remove" : "report",
  });
  const [problem] = administratorProblems(observation.observed);
  if (problem !== undefined) throw new RosterRefusedError(`${cluster}: ${problem} Nothing ran.`);
  const earlier = await ledger.sessionsToEnd(cluster, state.head);
  // From here on, no scheduled run gives back what is taken.
  await ledger.change(cluster, head => ({ ...head, removing: id }));
  const isNeeded = plan.statements.length > 0 || earlier.length > 0;
  const sessions = isNeeded ? [...earlier, ...plan.endSessions] : [];
  const { about } = NOTHING_RAN;
  const { after, report } = await runPlan<Intent>(
    {
      call,
      session,
      entry,
      instances: "taken",
      rosters: [],
      plan,
      sessions,
      observation,
      about,
      advice: APPLY_AGAIN,
    },
    {
      verify: ({ observed }) => assertRemoved(hook, observed.accounts),
      recordIntent: async () => {
        const blob = await ledger.writeSessions(cluster, id, sessions);
        await ledger.change(cluster, before => {
          const head = { ...before, sessions: blob };
          return { ...head, blobs: ledger.keep(head, blob) };
        });
        return recordIntent(call, subject, plan, { about });
      },
      recordResult: async done => {
        const remain = sessionsRemain(cluster, done) ?? instancesRemain(cluster, done);
        if (remain) throw remain;
        if (isNeeded || done.sessionsEnded > 0) await recordResult(call, subject, done);
        return true;
      },
    },
  );
  if (!isNeeded) assertRemoved(hook, after.observed.accounts);
  return report;
}

/** @throws AccountsRemainError if one of the accounts should have been removed */
function assertRemoved(hook: DeletedHook, accounts: readonly ObservedAccount[]): void {
  const { cluster } = hook.entry;
  const left = removedAccounts(hook, accounts);
  if (left.length === 0) return;
  const names = left.map(({ user, definerOf }) =>
    definerOf.length > 0 ? `${user} (runs ${nameSome(definerOf.map(objectName), 3)})` : user,
  );
  throw new AccountsRemainError(
    `${cluster}: ${count(left)} left that could not be dropped: ${nameSome(names)}. ` +
      "Give those objects another definer or drop them, then destroy again.",
  );
}

const count = ({ length }: readonly unknown[]) => (length === 1 ? "1 account is" : `${length} accounts are`);
