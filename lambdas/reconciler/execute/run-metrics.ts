import { defined } from "../../../core/json";
import type { ClusterMetrics } from "../../runtime/metrics";
import { AuditError, isRefusal, LedgerHashError } from "../runtime/errors";
import { type RunReport, ranCount } from "./run-report";

/** The metrics of what a run did. */
export const reportMetrics = (report: RunReport): ClusterMetrics =>
  defined({
    Accounts: report.accounts,
    AuditFailures: report.isAuditIncomplete ? 1 : undefined,
    ClockDifference: report.clockDifference,
    Drift: report.drift,
    GrantOptions: report.handsOn,
    InstancesLeft: report.instances?.left.length,
    LockedAccounts: report.accounts === undefined ? undefined : report.notGone.size,
    NewHolders: report.newHolders,
    SourceRefusals: report.sourceRefusals,
    Statements: ranCount(report),
  });

/** The metrics of a reason why a run failed. */
export const failureMetrics = (reason: unknown): ClusterMetrics =>
  defined({
    AuditFailures: reason instanceof AuditError ? 1 : undefined,
    LedgerHashMismatches: reason instanceof LedgerHashError ? 1 : undefined,
  });

/** Whether a failed hook counts as a failure, or as a payload that was refused. */
export const hookFailureMetrics = (reason: unknown): ClusterMetrics => ({
  Failures: isRefusal(reason) ? 0 : 1,
  Refusals: isRefusal(reason) ? 1 : 0,
  ...failureMetrics(reason),
});
