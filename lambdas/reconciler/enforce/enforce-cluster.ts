import { createHash } from "node:crypto";
import { nameSome } from "../../../core/contract/change-set";
import type { AccessError } from "../../../core/errors";
import { endedAccess, onlyAccounts } from "../../../core/events/access-lists";
import { driftEvent } from "../../../core/events/drift-event";
import type { Access, AccessEvent } from "../../../core/events/events";
import { runEvents } from "../../../core/events/run-events";
import type { AccountId, StatementsPlan } from "../../../core/mysql";
import type { Roster } from "../../../core/roster/roster";
import {
  type AuditSubject,
  auditStatements,
  type ExecutionReport,
  executePlan,
  recordIntent,
  recordResult,
  remainingStatements,
} from "../execute/execute-plan";
import { withClusterLock } from "../execute/with-cluster-lock";
import { assertClusterLock } from "../mysql/cluster-lock";
import type { MySqlSession } from "../mysql/mysql-session";
import { observe } from "../mysql/observe";
import { AuditError, NotReachedError, RosterRefusedError } from "../runtime/errors";
import { logParts } from "../runtime/log-parts";
import type { Call } from "../services/services";
import type { Enforcement } from "./enforce";
import type { EnforcementPlan } from "./enforcement-plan";
import { type ClusterInspection, inspectCluster } from "./inspect-cluster";

export interface Enforced {
  readonly statements: number;
  readonly sessionsEnded: number;
  readonly drift: number;
  readonly audited: boolean;
  readonly events: readonly AccessEvent[];
  /** What is in force now, sources included. */
  readonly roster: Roster;
  readonly message: string;
  /** Why the run counts as failed, although what it could do is done. */
  readonly unfinished: AccessError | undefined;
}

/** Enforces under the cluster's lock, so that two runs at once do it once. @throws AccessError */
export async function enforceCluster(given: Enforcement, call: Call): Promise<Enforced> {
  const { entry, run } = given;
  const { enforcement, ledger } = call.services;
  const subject: AuditSubject = {
    cluster: run.cluster,
    changeSet: run.id,
    action: run.action,
    who: run.plannedBy,
  };
  return withClusterLock(call, entry, subject, async session => {
    // What was read before may be another run's past by now.
    const current = { ...given, record: await enforcement.read(run.cluster) };
    const state = await ledger.state(run.cluster);
    if (state.head.released !== undefined) return LET_GO;
    return enforceUnderLock(
      current,
      call,
      session,
      subject,
      await inspectCluster(current, session, call, state),
    );
  });
}

/** The last hook went while the run waited for the lock. */
const LET_GO: Enforced = {
  ...{
    statements: 0,
    sessionsEnded: 0,
    drift: 0,
    audited: true,
    events: [],
    roster: { roles: {}, accounts: {} },
  },
  ...{ message: "nothing is managed here any more", unfinished: undefined },
};

/** Does what is to be done, and says what it came to. */
async function enforceUnderLock(
  given: Enforcement,
  call: Call,
  session: MySqlSession,
  subject: AuditSubject,
  found: ClusterInspection,
): Promise<Enforced> {
  const { entry, figures, progress, record, run } = given;
  const { enforcement, outbox, sources } = call.services;
  const { about, enforceable, observation, states } = found;
  const earlier = record.open?.sessions ?? [];
  let noted = record;
  progress.about = about;
  let { plan } = enforceable;
  let reached = observation;
  let audited = true;
  if (plan.statements.length > 0 || earlier.length > 0) {
    ({ plan, audited } = await recordIntentOrDegrade(subject, found, earlier, call, figures));
    const sessions = [...earlier, ...plan.endSessions];
    const expired = [...new Set([...(record.open?.expired ?? []), ...enforceable.expired])];
    noted = await enforcement.write(run.cluster, { ...record, open: { run: run.id, expired, sessions } });
    await executePlan(call, session, run.cluster, plan, earlier, progress);
    reached = await observe(session, entry.prefix);
    const left = enforceable.left(reached);
    if (audited && left.statements.length > 0)
      throw new NotReachedError(
        `${run.cluster}: all ${progress.ran} statements ran, yet the cluster is not as it has to be; still to do: ${remainingStatements(left)}. The next run tries again.`,
      );
  }
  await assertClusterLock(session, run.cluster);
  if (progress.report.results.length > 0)
    audited = (await recordResultOrLog(call, subject, progress, figures)) && audited;
  const left = audited ? [] : enforceable.left(reached).statements;
  const unfinished = unfinishedReason(run.cluster, enforceable, left);
  const present = states.filter(({ withdrawn }) => !withdrawn);
  const undone = new Set([
    ...enforceable.unresolved,
    ...left.flatMap(({ accounts }) => accounts.map(({ user }) => user)),
  ]);
  await sources.ledger.settle(run.cluster, present, undone);

  const { drift, undeclared } = enforceable;
  figures.Accounts = reached.observed.accounts.length;
  figures.Statements = progress.ran;
  figures.Drift = drift.statements.length + undeclared.length;
  const fingerprint = driftFingerprint(drift, undeclared);
  const isNews = fingerprint !== undefined && fingerprint !== record.drift;
  const { touched, ending } = subjects(given, found);
  // What lies between two rosters, or waits, has not changed for anybody.
  const concerned = new Set([
    ...touched,
    ...ending.keys(),
    ...[...found.pending].filter(account => !undone.has(account)),
  ]);
  const isDrift = ({ user }: AccountId) => touched.has(user) && about(user).cause === "drift";
  const repaired = plan.statements.filter(({ accounts }) => accounts.some(isDrift));
  const events = [
    ...runEvents({
      ...{
        run,
        entry,
        before: onlyAccounts(found.before, concerned),
        after: onlyAccounts(enforceable.roster, concerned),
        touched,
        expired: ending,
        causeOf: account => about(account).cause,
      },
      ...{ statements: progress.ran, sessionsEnded: progress.sessionsEnded },
    }),
    ...(isNews ? [driftEvent(run, drift.statements, undeclared, false)] : []),
    ...(repaired.length > 0 ? [driftEvent(run, repaired, [], true)] : []),
  ];
  const { open: _, failure, ...kept } = noted;
  const success = unfinished ? { failure } : { lastSuccess: run.at.toISOString() };
  const held = outbox.items(run.cluster, run.id, events);
  await enforcement.write(run.cluster, { ...kept, ...success, drift: fingerprint }, held);
  const message = [
    progress.ran === 0 ? "nothing was to do" : `${progress.ran} statements ran`,
    ...(figures.Drift > 0 ? [`drift: ${figures.Drift}`] : []),
    ...(audited ? [] : ["not in the audit trail"]),
  ].join("; ");
  return {
    ...{
      statements: progress.ran,
      sessionsEnded: progress.sessionsEnded,
      drift: figures.Drift,
      audited,
      events,
      message,
    },
    roster: enforceable.roster,
    unfinished,
  };
}

/** What could not be done for everybody: it must not be taken for done. */
function unfinishedReason(
  cluster: string,
  { problems }: EnforcementPlan,
  unaudited: StatementsPlan["statements"],
): AccessError | undefined {
  if (problems.length > 0)
    return new RosterRefusedError(`${cluster}: ${nameSome(problems)} All other accounts were processed.`);
  if (unaudited.length > 0)
    return new AuditError(
      `${cluster}: the audit trail cannot be written: only what takes access away ran. The next run does the rest.`,
    );
  return undefined;
}

/**
 * Records the intent. Where the audit trail cannot be written, what only takes access away goes ahead, with the intent in the
 * function's log; nothing is given.
 */
async function recordIntentOrDegrade(
  subject: AuditSubject,
  { about, enforceable }: ClusterInspection,
  earlier: readonly AccountId[],
  call: Call,
  figures: Enforcement["figures"],
): Promise<{ plan: StatementsPlan; audited: boolean }> {
  const { plan } = enforceable;
  try {
    await recordIntent(call, subject, plan, about);
    return { plan, audited: true };
  } catch (error) {
    if (!(error instanceof AuditError)) throw error;
    figures.AuditFailures = 1;
    const given = new Set(
      plan.statements
        .filter(({ removes }) => !removes)
        .flatMap(({ accounts }) => accounts.map(({ user }) => user)),
    );
    const statements = plan.statements.flatMap(statement => {
      const { accounts, each } = statement;
      return accounts.every(({ user }) => !given.has(user))
        ? [statement]
        : accounts.flatMap((account, index) =>
            given.has(account.user)
              ? []
              : [{ ...statement, sql: each[index]!, accounts: [account], each: [each[index]!] }],
          );
    });
    if (statements.length === 0 && earlier.length === 0) throw error;
    const intent = auditStatements(statements, about).map(item => JSON.stringify(item));
    const { log } = call.services;
    const sessionsOf = [...new Set(earlier.map(({ user }) => user))];
    for (const { items, numbered } of logParts(intent))
      log.error("audit trail not written: only what takes access away runs; this is the intent", {
        reason: error.message,
        statements: items,
        sessionsOf,
        ...numbered,
      });
    return {
      plan: {
        ...plan,
        statements,
        endSessions: plan.endSessions.filter(({ user }: AccountId) => !given.has(user)),
      },
      audited: false,
    };
  }
}

/** Whether the result is in the audit trail; else it is in the log. */
async function recordResultOrLog(
  call: Call,
  subject: AuditSubject,
  progress: ExecutionReport,
  figures: Enforcement["figures"],
) {
  try {
    await recordResult(call, subject, progress);
    return true;
  } catch (error) {
    figures.AuditFailures = 1;
    const results = progress.report.results.map(({ sql, outcome }) => `${outcome}: ${sql}`);
    const { log } = call.services;
    for (const { items, numbered } of logParts(results))
      log.error("audit trail not written: this is the result", {
        reason: (error as Error).message,
        results: items,
        ...numbered,
      });
    return false;
  }
}

/** Whom the run was about, those included that a run which died half-way had begun with. */
function subjects({ progress, record, run }: Enforcement, { enforceable }: ClusterInspection) {
  const done = progress.report.results.filter(({ outcome }) => outcome === "done" || outcome === "gone");
  const touched = new Set(done.flatMap(({ users }) => users));
  const since = record.lastSuccess === undefined ? undefined : new Date(record.lastSuccess);
  const over = [...enforceable.expired].filter(account => touched.has(account));
  const ending = new Map<string, readonly Access[]>();
  for (const account of new Set([...over, ...(record.open?.expired ?? [])])) {
    const recent = endedAccess(enforceable.roster, account, run.at, since);
    ending.set(account, recent.length > 0 ? recent : endedAccess(enforceable.roster, account, run.at));
  }
  return { touched, ending: new Map([...ending].filter(([, list]) => list.length > 0)) };
}

function driftFingerprint({ statements }: StatementsPlan, undeclared: readonly string[]): string | undefined {
  if (statements.length + undeclared.length === 0) return undefined;
  return createHash("sha256")
    .update(JSON.stringify([statements.map(({ sql }) => sql), undeclared]))
    .digest("hex");
}
