import { nameSome, onlyChangeSet } from "../../../core/contract/change-set";
import type { ApplyRequest, ApplyResponse, RemovalPolicy } from "../../../core/contract/payload";
import { PROTOCOL } from "../../../core/contract/protocol";
import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { runEvents } from "../../../core/events/run-events";
import { assembleStatements, type StatementsPlan } from "../../../core/mysql";
import { accountNames, type Roster } from "../../../core/roster/roster";
import { mergeSources } from "../../../core/source";
import {
  type AuditSubject,
  type ExecutionReport,
  executePlan,
  recordIntent,
  recordResult,
} from "../execute/execute-plan";
import { holdEvents } from "../execute/finish-run";
import { withClusterLock } from "../execute/with-cluster-lock";
import { observe } from "../mysql/observe";
import { AccountsRemainError, DatabaseUnreachableError, describeError } from "../runtime/errors";
import { type Call, CONNECT_TIMEOUT_MS } from "../services/services";
import type { LedgerState } from "../store/ledger";
import type { SourceState } from "../store/source-ledger";
import { applyRun } from "./apply-events";
import { countHook, wasCounted } from "./hook-count";
import type { RunContext } from "./with-metrics";

const NOBODY: Roster = { roles: {}, accounts: {} };

/** What the ledger knows of a cluster, its sources in Parameter Store included. */
type Known = LedgerState & { readonly sources: readonly SourceState[] };

/**
 * A hook goes. While another one holds the cluster, or another owner does, nothing happens. The last one acts by the removal
 * policy of its last successful call, as the policy in a payload may never have been applied.
 *
 * @throws AccountsRemainError under `protect`, while managed accounts are left
 */
export async function deleteHook(
  request: ApplyRequest,
  call: Call,
  { progress }: RunContext,
): Promise<ApplyResponse> {
  const { cluster, owner } = request;
  const { ledger, log, registry, now } = call.services;
  const { id, body } = onlyChangeSet(request.changeSet);
  const subject: AuditSubject = {
    cluster,
    changeSet: id,
    owner,
    action: "delete",
    who: body.plannedBy,
    reference: body.reference,
  };
  const hook = { action: "delete" as const, payload: call.payloadHash, at: now().toISOString() };
  const state = await ledger.state(cluster);
  const { head } = state;
  const answer = (message: string, statements = 0): ApplyResponse => ({
    protocol: PROTOCOL,
    changeSetId: id,
    statements,
    message,
  });

  const foreign = head.owner !== undefined && head.owner !== owner;
  if (wasCounted(head, hook, call.startedAt)) return answer("this hook was let go a moment ago");
  if (foreign || head.hooks > 1) {
    const message = foreign ? `the cluster belongs to ${head.owner}` : "another hook holds the cluster";
    await recordHook(call, subject, { message, hooksLeft: Math.max(1, head.hooks - 1) });
    await ledger.change(cluster, before => {
      const after = countHook(before, hook, call.startedAt);
      return { ...after, hooks: Math.max(1, after.hooks) };
    });
    return answer(message);
  }

  const entry = await registry.entry(cluster);
  const policy: RemovalPolicy = head.removalPolicy ?? "protect";
  let left: readonly string[] | "gone";
  let known: Known = { ...state, sources: [] };
  try {
    known = { ...state, sources: await call.services.sources.ledger.states(cluster, entry) };
    left = await settle(policy, entry, known, call, subject, progress);
  } catch (error) {
    const told = describeError(error);
    log.error("delete failed", { cluster, code: told.code });
    await recordResult(call, subject, progress, told).catch(() =>
      log.error("failure not in the audit trail", { cluster }),
    );
    throw error;
  }
  const message = outcomeOf(left, entry);
  const names = left === "gone" ? [] : left;
  if (progress.ran > 0)
    await holdEvents(
      applyRun(request, call.startedAt),
      removalEvents(request, entry, known, call, progress),
      call,
    );
  await recordHook(call, subject, { message, hooksLeft: 0, policy, accounts: names });
  const released = now().toISOString();
  const removed = policy === "remove" && names.length === 0 && left !== "gone";
  await ledger.change(cluster, before => ({
    ...countHook(before, hook, call.startedAt),
    // Whoever is declared here again is new.
    ...(removed ? { target: undefined, applied: undefined, lingering: [] } : {}),
    ...{ hooks: 0, removing: undefined },
    released,
    attempt: undefined,
    sessions: undefined,
  }));
  await ledger.listCluster({
    cluster,
    owner: head.owner ?? owner,
    since: released,
    released,
    accountsLeft: names.length,
  });
  return answer(message, progress.ran);
}

/** Everybody whom the removal took. */
function removalEvents(
  request: ApplyRequest,
  entry: RegistryEntry,
  { applied, sources }: Known,
  call: Call,
  progress: ExecutionReport,
) {
  const before = mergeSources(
    applied?.roster ?? NOBODY,
    sources.map(({ name, effective: inForce }) => ({ name, roster: inForce })),
  );
  const done = progress.report.results.filter(({ outcome }) => outcome === "done" || outcome === "gone");
  return runEvents({
    ...{ run: applyRun(request, call.startedAt), entry, before, after: NOBODY, expired: new Map() },
    ...{ touched: new Set(done.flatMap(({ users }) => users)), causeOf: () => "grant" as const },
    ...{ statements: progress.ran, sessionsEnded: progress.sessionsEnded },
  });
}

/** Says of a cluster that is gone what is known, which is not that somebody looked. */
function outcomeOf(left: readonly string[] | "gone", { host }: RegistryEntry): string {
  if (left === "gone") return `the cluster no longer exists: the name ${host} is not known`;
  return left.length === 0 ? "no account is left" : `${accounts(left.length)} left: ${nameSome(left)}`;
}

function recordHook(
  { services }: Call,
  subject: AuditSubject,
  detail: Record<string, string | number | readonly string[]>,
) {
  return services.audit.append({
    ...subject,
    kind: "hook-deleted",
    when: services.now().toISOString(),
    ...detail,
  });
}

/** Does what the policy says when the last hook goes. Gives the accounts that are left; "gone" where the cluster is. */
async function settle(
  policy: RemovalPolicy,
  entry: RegistryEntry,
  state: Known,
  call: Call,
  subject: AuditSubject,
  progress: ExecutionReport,
): Promise<readonly string[] | "gone"> {
  try {
    if (policy === "remove") return await remove(entry, state, call, subject, progress);
    const left = await accountsLeft(entry, state, call);
    if (policy === "retain" || left.length === 0) return left;
    throw new AccountsRemainError(
      `${entry.cluster}: ${accounts(left.length)} left (${nameSome(left)}), and without this hook nobody would look after them. ` +
        `Apply an empty roster first${withoutSources(state)}, or set \`removalPolicy\` to "remove" or "retain" and apply that, then destroy again.`,
    );
  } catch (error) {
    // The cluster was deleted, and its accounts with it.
    if (error instanceof DatabaseUnreachableError && error.gone) return "gone";
    if (policy === "retain" && error instanceof DatabaseUnreachableError) return declared(state);
    throw error;
  }
}

const withoutSources = ({ sources }: Known): string =>
  sources.some(({ withdrawn }) => !withdrawn) ? " without sources in Parameter Store" : "";

/** All names that this cluster's rosters declared, as far as the ledger knows. */
function declared({ head, target, applied, sources }: Known): string[] {
  const declaring = [...[target, applied].filter(version => version !== undefined), ...sources];
  const names = declaring.flatMap(({ roster, formerly }) => [...accountNames(roster), ...formerly]);
  return [...new Set([...names, ...head.lingering])].sort();
}

/** Accounts that are there and managed. Those nobody declared count where the cluster manages them, or the ledger knows nothing. */
async function accountsLeft(entry: RegistryEntry, state: Known, call: Call): Promise<string[]> {
  const timeoutMs = Math.min(CONNECT_TIMEOUT_MS, call.deadline.left());
  const session = await call.services.connect(entry, { bulkRead: true, timeoutMs });
  try {
    const { observed } = await observe(session, entry.prefix);
    return managed(
      observed.accounts.map(({ user }) => user),
      entry,
      state,
    );
  } finally {
    await session.close();
  }
}

function managed(users: readonly string[], entry: RegistryEntry, state: Known): string[] {
  const known = new Set(declared(state));
  const all = entry.unmanaged !== "report" || state.target === undefined;
  return [...new Set(users)].filter(user => all || known.has(user));
}

async function remove(
  entry: RegistryEntry,
  state: Known,
  call: Call,
  subject: AuditSubject,
  progress: ExecutionReport,
): Promise<readonly string[]> {
  const { cluster, definers, prefix } = entry;
  const { ledger, now } = call.services;
  const given = {
    ...{
      roster: NOBODY,
      now: now(),
      prefix,
      definers,
      previouslyDeclared: declared(state),
      onlyCreate: false,
    },
    unmanaged: entry.unmanaged === "remove" ? ("remove" as const) : ("report" as const),
  };
  return withClusterLock(call, entry, subject, async session => {
    const { observed, administrator } = await observe(session, prefix);
    const plan: StatementsPlan = assembleStatements({ ...given, observed, administrator });
    const earlier = await ledger.sessionsToEnd(cluster, state.head);
    // From here on no scheduled run gives back what is taken.
    await ledger.change(cluster, head => ({ ...head, removing: onlyId(subject) }));
    if (plan.statements.length > 0 || earlier.length > 0) {
      const ending = [...earlier, ...plan.endSessions];
      const sessions = await ledger.writeSessions(cluster, onlyId(subject), ending);
      await ledger.change(cluster, head => ({
        ...head,
        sessions,
        blobs: ledger.keep({ ...head, sessions }, sessions),
      }));
      await recordIntent(call, subject, plan, progress.about);
      await executePlan(call, session, cluster, plan, ending, progress);
      await recordResult(call, subject, progress);
    }
    const after = (await observe(session, prefix)).observed;
    const known = new Set(given.previouslyDeclared);
    const left = after.accounts.filter(({ user }) => known.has(user) || entry.unmanaged === "remove");
    if (left.length === 0) return [];
    throw new AccountsRemainError(
      `${cluster}: ${accounts(left.length)} left that could not be dropped: ` +
        `${nameSome(left.map(({ user, definerOf }) => (definerOf.length > 0 ? `${user} (runs ${nameSome(definerOf, 3)})` : user)))}. ` +
        "Give those objects another definer or drop them, then destroy again.",
    );
  });
}

const accounts = (count: number) => (count === 1 ? "1 account is" : `${count} accounts are`);
const onlyId = (subject: AuditSubject) => String(subject["changeSet"]);
