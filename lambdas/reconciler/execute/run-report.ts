import type { ExecutedStatements } from "../../../core/decisions/apply-events";
import type { AboutAccount } from "../../../core/events/about-account";
import { effectsOf } from "../../../core/mysql";
import type { RemainingSession } from "../mysql/end-sessions";
import { isDone, type StatementResult } from "../mysql/run-statements";
import type { EndedOnInstances } from "./end-on-instances";

/** What a run did and measured, as far as it came. */
export interface RunReport {
  readonly results: readonly StatementResult[];
  readonly sessionsEnded: number;
  /**
   * Sessions that go on with something that was taken, because the cluster says so (`terminateSessions`).
   * Absent: none may.
   */
  readonly sessionsKept?: number | undefined;
  /** Sessions that had to end, and that the server refused to end. */
  readonly sessionsRemaining: readonly RemainingSession[];
  /** Whether the server did not list all of its sessions, so that some that had to end may be open. */
  readonly sessionsUnread: boolean;
  /** What was done on the cluster's other servers; undefined if nothing was to do there. */
  readonly instances?: EndedOnInstances | undefined;
  /**
   * Until when a login can finish with access that the run took. Also set if sessions could not be listed.
   */
  readonly lateLoginsUntil?: Date | undefined;
  readonly about: AboutAccount;
  /** Accounts that had to go and are locked only, with the objects that run with their rights. */
  readonly notGone: ReadonlyMap<string, readonly string[]>;
  /** Whether the audit trail holds the results. */
  readonly isRecorded: boolean;
  /** Set once part of the run could not be written to the audit trail. */
  readonly isAuditIncomplete?: boolean;
  /** How far the server's clock is from the function's, in seconds. */
  readonly clockDifference?: number;
  /** Documents in Parameter Store that were refused. */
  readonly sourceRefusals?: number;
  /** Managed accounts on the cluster at the end of the run. */
  readonly accounts?: number;
  /** What accounts without the prefix reach, or can hand on, and no applied plan has shown. */
  readonly newHolders?: number | undefined;
  /** Accounts that held GRANT OPTION that nobody declared. */
  readonly handsOn?: number;
  /** Statements that would repair drift, and accounts that no roster declares. */
  readonly drift?: number;
}

export const NOTHING_RAN: RunReport = {
  results: [],
  sessionsEnded: 0,
  sessionsRemaining: [],
  sessionsUnread: false,
  about: () => ({ cause: "grant" }),
  notGone: new Map(),
  isRecorded: false,
};

/** How many statements ran. */
export const ranCount = ({ results }: Pick<RunReport, "results">): number => results.filter(isDone).length;

/** What the statements did, as decisions in core need it. */
export function executedStatements(report: RunReport): ExecutedStatements {
  const done = report.results.filter(isDone);
  return {
    ran: done.length,
    touched: new Set(done.flatMap(({ users }) => users)),
    shut: new Set(done.filter(({ sql }) => endsLogin(sql)).flatMap(({ users }) => users)),
    sessionsEnded: report.sessionsEnded,
    notGone: report.notGone,
  };
}

/** Whether the statement drops or locks accounts. */
const endsLogin = (sql: string): boolean =>
  effectsOf(sql)?.some(effect => effect.startsWith("drop|") || effect.startsWith("lock|")) === true;

/**
 * Whether the statement drops an account that the run only locked: the objects that kept the account have
 * gone since, as an event does at its end. The next run drops it.
 */
export const isForNextRun = (sql: string, user: string, { notGone }: Pick<RunReport, "notGone">): boolean =>
  notGone.has(user) && effectsOf(sql)?.some(effect => effect.startsWith("drop|")) === true;

/** The accounts that statements named, whether or not these ran. */
export const namedAccounts = ({ results }: RunReport): string[] => [
  ...new Set(results.flatMap(({ users }) => users)),
];

/** A run failed for `reason`. `report` says what it had done before. */
export class RunFailedError extends Error {
  readonly report: Partial<RunReport>;
  readonly reason: unknown;

  constructor(reason: unknown, report: Partial<RunReport>) {
    super("the run failed", { cause: reason });
    this.reason = reason;
    this.report = report;
  }
}

/** Why a run failed, and what it had done. */
export const failureOf = (error: unknown): { readonly reason: unknown; readonly report: RunReport } =>
  error instanceof RunFailedError
    ? { reason: error.reason, report: { ...NOTHING_RAN, ...error.report } }
    : { reason: error, report: NOTHING_RAN };

/** Does `work`. If it fails, the error also holds `report`: what the run had done before. */
export async function reporting<T>(report: Partial<RunReport>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RunFailedError)) throw new RunFailedError(error, report);
    throw new RunFailedError(error.reason, { ...report, ...error.report });
  }
}
