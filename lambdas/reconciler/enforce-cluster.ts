import { createHash } from "node:crypto";
import type { AccessError } from "../../core/errors";
import type { Access, AccessEvent, Cause } from "../../core/events";
import type { AccountId, StatementsPlan } from "../../core/mysql";
import type { Roster } from "../../core/roster";
import { mergeSources } from "../../core/source";
import { endedAccess } from "./access-lists";
import { holdEvents } from "./after-run";
import {
  type AboutAccount,
  type AuditSubject,
  auditStatements,
  carryOut,
  type Progress,
  recordIntent,
  recordResult,
  remaining,
} from "./carry-out";
import { nameSome } from "./change-set";
import { clockDifference } from "./clock-difference";
import { assertClusterLock } from "./cluster-lock";
import { driftEvent } from "./drift-event";
import type { Enforcement } from "./enforce";
import { type EnforcementPlan, planEnforcement } from "./enforcement-plan";
import { AuditError, NotReachedError, RosterRefusedError } from "./errors";
import { formerlyDeclared, type LedgerState } from "./ledger";
import type { MySqlSession } from "./mysql-session";
import { type Observation, observe } from "./observe";
import { personOf, runEvents } from "./run-events";
import type { Call } from "./services";
import type { SourceState } from "./source-ledger";
import { withClusterLock } from "./with-cluster-lock";

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

/** What the run knows once it holds the cluster's lock. */
interface Found {
  readonly state: LedgerState;
  readonly states: readonly SourceState[];
  readonly observation: Observation;
  readonly enforceable: EnforcementPlan;
  readonly before: Roster;
  readonly about: AboutAccount;
}

/** Enforces under the cluster's lock, so that two runs at once do it once. @throws AccessError */
export async function enforceCluster(given: Enforcement, call: Call): Promise<Enforced> {
  const { entry, run } = given;
  const { ledger } = call.services;
  const subject: AuditSubject = { cluster: run.cluster, changeSet: run.id, action: run.action, who: run.plannedBy };
  return withClusterLock(call, entry, subject, async session => {
    const found = await look(given, session, call, await ledger.state(run.cluster));
    return bring(given, call, session, subject, found);
  });
}

async function look(
  { entry, figures, run }: Enforcement,
  session: MySqlSession,
  { services }: Call,
  state: LedgerState,
): Promise<Found> {
  const observation = await observe(session, entry.prefix);
  figures.ClockDifference = await clockDifference(session, services.now);
  const states = await services.sources.ledger.states(run.cluster, entry);
  const nobody: Roster = { roles: {}, accounts: {} };
  const target = mergeSources(state.target?.roster ?? nobody, states);
  const settled = state.head.applied === state.head.target;
  const applied = settled ? target : state.applied && mergeSources(state.applied.roster, states);
  const formerly = [...formerlyDeclared(state, target), ...states.flatMap(source => source.formerly)];
  const changed = states.filter(({ withdrawn }) => !withdrawn).flatMap(source => [...source.pending, ...source.formerly]);
  const pending = new Set(changed);
  const withdrawn = new Set(states.filter(source => source.withdrawn).flatMap(source => source.formerly));
  const enforceable = planEnforcement({ entry, target, applied, observation, now: run.at, formerly, pending, withdrawn });
  const before = mergeSources(
    (state.applied ?? state.target)?.roster ?? nobody,
    states.map(({ inForce, name }) => ({ name, roster: inForce })),
  );
  const causeOf = (account: string): Cause =>
    enforceable.expired.has(account) ? "expiry" : pending.has(account) ? "parameter" : "drift";
  const about: AboutAccount = account => {
    const { user } = personOf(account, enforceable.roster, before);
    return { ...(user === account ? {} : { user }), cause: causeOf(account) };
  };
  return { state, states, observation, enforceable, before, about };
}

/** Does what is to be done, and says what it came to. */
async function bring(
  given: Enforcement,
  call: Call,
  session: MySqlSession,
  subject: AuditSubject,
  found: Found,
): Promise<Enforced> {
  const { entry, figures, progress, record, run } = given;
  const { enforcement, sources } = call.services;
  const { about, enforceable, observation, states } = found;
  const earlier = record.open?.sessions ?? [];
  progress.about = about;
  let { plan } = enforceable;
  let reached = observation;
  let audited = true;
  if (plan.statements.length > 0 || earlier.length > 0) {
    ({ plan, audited } = await intend(subject, found, call, figures));
    const sessions = [...earlier, ...plan.endSessions];
    const expired = [...new Set([...(record.open?.expired ?? []), ...enforceable.expired])];
    await enforcement.write(run.cluster, { ...record, open: { run: run.id, expired, sessions } });
    await carryOut(call, session, run.cluster, plan, earlier, progress);
    reached = await observe(session, entry.prefix);
    const left = enforceable.left(reached);
    if (audited && left.statements.length > 0)
      throw new NotReachedError(
        `${run.cluster}: all ${progress.ran} statements ran, yet the cluster is not as it has to be; still to do: ${remaining(left)}. The next run tries again.`,
      );
  }
  await assertClusterLock(session, run.cluster);
  if (progress.report.results.length > 0) audited = (await told(call, subject, progress, figures)) && audited;
  const unfinished = whatIsLeft(run.cluster, enforceable, audited ? undefined : reached);
  const present = states.filter(({ withdrawn }) => !withdrawn);
  if (!unfinished) await sources.ledger.settle(run.cluster, present);

  const { drift, undeclared } = enforceable;
  figures.Accounts = reached.observed.accounts.length;
  figures.Statements = progress.ran;
  figures.Drift = drift.statements.length + undeclared.length;
  const fingerprint = driftFingerprint(drift, undeclared);
  const isNews = fingerprint !== undefined && fingerprint !== record.drift;
  const { touched, ending } = subjects(given, found);
  const isDrift = ({ user }: AccountId) => touched.has(user) && about(user).cause === "drift";
  const repaired = plan.statements.filter(({ accounts }) => accounts.some(isDrift));
  const events = [
    ...runEvents({
      ...{
        run,
        entry,
        before: found.before,
        after: enforceable.roster,
        touched,
        expired: ending,
        causeOf: account => about(account).cause,
      },
      ...{ statements: progress.ran, sessionsEnded: progress.sessionsEnded },
    }),
    ...(isNews ? [driftEvent(run, drift.statements, undeclared, false)] : []),
    ...(repaired.length > 0 ? [driftEvent(run, repaired, [], true)] : []),
  ];
  await holdEvents(run, events, call);
  const { open: _, failure, ...kept } = record;
  const success = unfinished ? { failure } : { lastSuccess: run.at.toISOString() };
  await enforcement.write(run.cluster, { ...kept, ...success, drift: fingerprint });
  const message = [
    progress.ran === 0 ? "nothing was to do" : `${progress.ran} statements ran`,
    ...(figures.Drift > 0 ? [`drift: ${figures.Drift}`] : []),
    ...(audited ? [] : ["not in the audit trail"]),
  ].join("; ");
  return {
    ...{ statements: progress.ran, sessionsEnded: progress.sessionsEnded, drift: figures.Drift, audited, events, message },
    roster: enforceable.roster,
    unfinished,
  };
}

/** What could not be done for everybody: it must not be taken for done. */
function whatIsLeft(
  cluster: string,
  { left, problems }: EnforcementPlan,
  unaudited: Observation | undefined,
): AccessError | undefined {
  if (problems.length > 0) return new RosterRefusedError(`${cluster}: ${nameSome(problems)} Everybody else was dealt with.`);
  if (unaudited && left(unaudited).statements.length > 0)
    return new AuditError(
      `${cluster}: the audit trail cannot be written: only what takes access away ran. The next run does the rest.`,
    );
  return undefined;
}

/**
 * Records the intent. Where the audit trail cannot be written, what only takes access away goes ahead, with the intent in the
 * function's log; nothing is given.
 */
async function intend(
  subject: AuditSubject,
  { about, enforceable }: Found,
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
      plan.statements.filter(({ removes }) => !removes).flatMap(({ accounts }) => accounts.map(({ user }) => user)),
    );
    const statements = plan.statements.flatMap(statement => {
      const { accounts, each } = statement;
      return accounts.every(({ user }) => !given.has(user))
        ? [statement]
        : accounts.flatMap((account, index) =>
            given.has(account.user) ? [] : [{ ...statement, sql: each[index]!, accounts: [account], each: [each[index]!] }],
          );
    });
    if (statements.length === 0) throw error;
    call.services.log.error("audit trail not written: only what takes access away runs; this is the intent", {
      reason: error.message,
      statements: auditStatements(statements, about).map(item => JSON.stringify(item)),
    });
    return {
      plan: { ...plan, statements, endSessions: plan.endSessions.filter(({ user }: AccountId) => !given.has(user)) },
      audited: false,
    };
  }
}

/** Whether the result is in the audit trail; else it is in the log. */
async function told(call: Call, subject: AuditSubject, progress: Progress, figures: Enforcement["figures"]) {
  try {
    await recordResult(call, subject, progress);
    return true;
  } catch (error) {
    figures.AuditFailures = 1;
    const results = progress.report.results.map(({ sql, outcome }) => `${outcome}: ${sql}`);
    call.services.log.error("audit trail not written: this is the result", { reason: (error as Error).message, results });
    return false;
  }
}

/** Whom the run was about, those included that a run which died half-way had begun with. */
function subjects({ progress, record, run }: Enforcement, { enforceable }: Found) {
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
