import { AccessError } from "../../../core/errors";
import { asSentence } from "../../../core/name-some";
import {
  AccountsLeftOutError,
  CeilingError,
  DatabaseMovedError,
  describeError,
  LockTimeoutError,
  NotReachedError,
  OwnerError,
  RosterRefusedError,
  StatementsFailedError,
} from "../runtime/errors";
import { failureOf, RunFailedError, type RunReport, ranCount } from "./run-report";

/** An apply failed after it had opened its attempt in the ledger. The attempt stays open. */
export class AttemptFailedError extends RunFailedError {}

/** Several clusters failed in one call. */
export class BatchFailedError extends Error {
  readonly failures: readonly unknown[];

  constructor(failures: readonly unknown[]) {
    super(`${failures.length} clusters failed`, { cause: failures[0] });
    this.failures = failures;
  }
}

/** Errors whose message says how many statements ran. */
const SAY_WHAT_RAN = [
  AccountsLeftOutError,
  CeilingError,
  DatabaseMovedError,
  LockTimeoutError,
  NotReachedError,
  OwnerError,
  RosterRefusedError,
  StatementsFailedError,
];

/**
 * The code and the message that a person gets for a failed run. A failed attempt always says how many
 * statements ran.
 */
export function describeFailure(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof BatchFailedError) return describeBatch(error.failures.map(describeFailure));
  const { reason, report } = failureOf(error);
  const described = describeError(reason);
  const isComplete = !(reason instanceof AccessError) || SAY_WHAT_RAN.some(kind => reason instanceof kind);
  if (isComplete || !(error instanceof AttemptFailedError)) return described;
  const { code, message } = described;
  return { code, message: `${asSentence(message)} ${whatRan(report)}` };
}

function whatRan(report: RunReport): string {
  const of = report.results.length;
  const ran = of === 0 ? "Nothing ran" : `${ranCount(report)} of ${of} statements ran`;
  return `${ran}. The attempt stays open: fix the cause, then plan and apply again.`;
}

function describeBatch(failures: readonly { readonly code: string; readonly message: string }[]) {
  const message = failures.map(failure => `${failure.code}: ${failure.message}`).join(" ");
  return { code: failures[0]!.code, message: `${failures.length} clusters failed. ${message}` };
}
