import type { AboutAccount } from "../../../core/events/about-account";
import { type AccountId, quoteAccount, type StatementsPlan } from "../../../core/mysql";
import type { KnownPassword } from "../../../core/mysql/password-login";
import type { Roster } from "../../../core/roster/roster";
import { assertClusterLock } from "../mysql/cluster-lock";
import { type Observation, observe } from "../mysql/observe";
import { runStatements, type StatementResult, succeeded } from "../mysql/run-statements";
import { type FailedStatement, StatementsFailedError } from "../runtime/errors";
import { forgetEnabled, recordDisabling } from "./disabled-events";
import { endOpenSessions, type SessionsRun } from "./end-open-sessions";
import { PasswordRun } from "./password-run";
import { failureOf, NOTHING_RAN, RunFailedError, type RunReport, ranCount, reporting } from "./run-report";
import { sessionsToEnd } from "./sessions-to-end";

/** A plan, and the cluster that it runs on. The session holds the cluster's lock. */
export interface PlannedRun extends SessionsRun {
  /** Whose tables, columns and routines are looked for when the cluster is observed again. */
  readonly rosters: readonly (Roster | undefined)[];
  readonly plan: StatementsPlan;
  /** What the ledger knows of passwords; changed in place. Default: nothing. */
  readonly passwords?: Map<string, KnownPassword> | undefined;
  /** Accounts whose sessions must end too, in addition to those that the plan names. */
  readonly sessions: readonly AccountId[];
  readonly about: AboutAccount;
  /** What a person does if some statements did not run. */
  readonly advice: string;
}

/** What may run, once the intent is recorded. */
export interface Intent {
  readonly plan: StatementsPlan;
  /** False if the audit trail could not be written. */
  readonly isAudited: boolean;
}

/** The steps of the pipeline in which its callers differ. Each throws to end the run. */
export interface RunSteps<I extends Intent> {
  /** Called before any statement. */
  readonly recordIntent: () => Promise<I>;
  /** Called if the execution fails; the run ends with that failure. */
  readonly executionFailed?: (report: RunReport) => Promise<void>;
  /** Compares what the cluster holds now with what it should hold. */
  readonly verify?: (after: Observation, ran: number, intent: I) => void;
  /**
   * Called when all is done, also if nothing had to run.
   * @returns whether the audit trail holds the result
   */
  readonly recordResult: (report: RunReport, after: Observation) => Promise<boolean>;
}

export interface RunResult<I extends Intent> {
  readonly report: RunReport;
  /** Absent if nothing had to run. */
  readonly intent: I | undefined;
  /** What the cluster holds now. */
  readonly after: Observation;
  /** Whether the audit trail holds both the intent and the result. */
  readonly isAudited: boolean;
}

/**
 * The one way in which statements run: intent, execute, observe, verify, record. Apply, enforcement and a
 * hook's deletion call it under the cluster's lock. Each run ends the sessions of accounts that are locked or
 * gone, after its statements, if it has any.
 *
 * @throws RunFailedError with the reason, and with what the run had done
 */
export async function runPlan<I extends Intent>(run: PlannedRun, steps: RunSteps<I>): Promise<RunResult<I>> {
  const isNeeded = run.plan.statements.length > 0 || run.sessions.length > 0;
  const { after, intent, report } = isNeeded
    ? await executeAndVerify(run, steps)
    : { after: run.observation, intent: undefined, report: await sweepSessions(run) };
  return reporting(report, async () => {
    await assertClusterLock(run.session, run.entry.cluster);
    const isRecorded = await steps.recordResult(report, after);
    const isAudited = isRecorded && (intent?.isAudited ?? true);
    return { report: { ...report, isRecorded, isAuditIncomplete: !isAudited }, intent, after, isAudited };
  });
}

/** Ends sessions of accounts that are locked or gone. They need no intent. */
async function sweepSessions(run: PlannedRun): Promise<RunReport> {
  await assertClusterLock(run.session, run.entry.cluster);
  const report = { ...NOTHING_RAN, about: run.about, notGone: notGone(run.plan) };
  return { ...report, ...(await endOpenSessions(run, { accounts: [] })) };
}

async function executeAndVerify<I extends Intent>(run: PlannedRun, steps: RunSteps<I>) {
  const intent = await steps.recordIntent().catch(async error => {
    // Why nothing ran is what the run reports, also if the sessions cannot be read either.
    throw new RunFailedError(error, await sweepSessions(run).catch(() => NOTHING_RAN));
  });
  return reporting({ about: run.about, isAuditIncomplete: !intent.isAudited }, async () => {
    await recordDisabling(run, run.plan);
    const report = await executePlan(run, intent.plan).catch(async error => {
      await steps.executionFailed?.(failureOf(error).report);
      throw error;
    });
    return reporting(report, async () => {
      const after = await observe(run.session, run.entry, run);
      await forgetEnabled(run, after.observed.accounts);
      steps.verify?.(after, ranCount(report), intent);
      return { after, intent, report };
    });
  });
}

/**
 * Runs the statements, then ends the sessions that would outlive them.
 * @throws RunFailedError
 */
async function executePlan(run: PlannedRun, plan: StatementsPlan) {
  const { about, advice, call, session, sessions } = run;
  const { cluster } = run.entry;
  await assertClusterLock(session, cluster);
  const { entry, passwords: known = new Map(), rosters } = run;
  const passwords = new PasswordRun(call, entry, rosters, known);
  const outcome = await runStatements(session, plan.statements, call.deadline, passwords);
  const { results, stopped } = outcome;
  const report: RunReport = { ...NOTHING_RAN, results, about, notGone: notGone(plan) };
  const unconfirmed = await passwords.confirm(session, results).catch((error: unknown) => error);
  call.services.log.info("statements ran", { cluster, ran: ranCount(report), of: results.length, stopped });
  return reporting(report, async () => {
    const toEnd = sessionsToEnd(run.entry, { ...run, plan, earlier: sessions, now: call.services.now() });
    const ended = await endOpenSessions(run, toEnd).catch((error: unknown) => {
      // Without its connection, a run that stopped ends no session, and reports why it stopped.
      if (stopped === undefined) throw error;
      return {};
    });
    const done = { ...report, ...ended };
    const unsettled =
      unconfirmed ?? (await passwords.settle(session, results).catch((error: unknown) => error));
    if (succeeded(outcome) && unsettled) throw new RunFailedError(unsettled, done);
    if (succeeded(outcome)) return done;
    const reason = new StatementsFailedError({ cluster, stopped, advice, ...failuresOf(plan, report) });
    throw new RunFailedError(reason, done);
  });
}

/** The accounts that are only locked, with the names of the objects that run with their rights. */
export const notGone = (plan: Pick<StatementsPlan, "notGone">): RunReport["notGone"] =>
  new Map(plan.notGone.map(({ objects, user }) => [user, objects]));

function failuresOf(plan: StatementsPlan, report: RunReport) {
  const { results } = report;
  const accounts = new Map(
    plan.statements.flatMap(s => s.each.map((sql, i) => [sql, quoteAccount(s.accounts[i]!)])),
  );
  const failed = results.flatMap(({ error, outcome, sql }: StatementResult): FailedStatement[] =>
    outcome === "failed" || outcome === "unknown"
      ? [{ sql, outcome, account: accounts.get(sql), serverMessage: error }]
      : [],
  );
  return {
    ran: ranCount(report),
    of: results.length,
    skipped: results.filter(({ outcome }) => outcome === "skipped").length,
    failed,
  };
}
