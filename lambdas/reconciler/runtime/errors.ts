import { AccessError, CeilingError, InvalidInputError, ProtocolError } from "../../../core/errors";
import { asSentence, listSome } from "../../../core/name-some";
import {
  causedErrorWith,
  describeErrorBy,
  type ErrorDescription,
  errorText,
  errorWith,
} from "../../runtime/errors";

export { CeilingError, InternalError, InvalidInputError, ProtocolError } from "../../../core/errors";

/** The registry holds no usable entry for the cluster, or it cannot be read. */
export class RegistryError extends causedErrorWith("RegistryUnusable") {}

/** The registry has no entry for the cluster: no stack declares it. */
export class UnregisteredError extends RegistryError {}

/** The administrator's secret or token cannot be read, or the server does not accept it. */
export class CredentialsError extends causedErrorWith("CredentialsUnusable") {}

/** Identity Center's directory cannot be read. */
export class DirectoryError extends AccessError {
  readonly code = "DirectoryUnusable";

  /** The code of AWS; undefined if no answer came. */
  readonly awsCode: string | undefined;

  constructor(message: string, awsCode?: string, options?: ErrorOptions) {
    super(message, options);
    this.awsCode = awsCode;
  }
}

/** The secret of an account that logs in by password cannot be used. */
export class AccountSecretError extends causedErrorWith("AccountSecretUnusable") {}

/** The database does not answer, or the connection to it was lost. */
export class DatabaseUnreachableError extends AccessError {
  readonly code = "DatabaseUnreachable";

  /** Whether the registered host name no longer exists, as after the cluster was deleted. */
  readonly gone: boolean;

  constructor(message: string, gone = false) {
    super(message);
    this.gone = gone;
  }
}

/** A `DatabaseUnreachableError` whose message ends with what a person checks. */
export const outOfReach = (fault: string, gone = false): DatabaseUnreachableError =>
  new DatabaseUnreachableError(
    `${asSentence(fault)} Check the network, the security groups and the cluster.`,
    gone,
  );

/**
 * MySQL refused a statement. Holds the server's number, name and message, and nothing of the driver, which
 * has passwords.
 */
export class DatabaseError extends AccessError {
  readonly code = "DatabaseRefused";

  readonly number: number;
  readonly symbol: string;
  readonly serverMessage: string;

  /** @param where what was tried, as the beginning of the message */
  constructor(number: number, symbol: string, serverMessage: string, where = "") {
    super(`${where}${symbol} (${number}): ${serverMessage}`);
    this.number = number;
    this.symbol = symbol;
    this.serverMessage = serverMessage;
  }
}

/** The endpoint is a server that accepts no writes. */
export class ReaderError extends errorWith("NotAWriter") {}

/** The server that a run began on is not the one that answers, as after a failover. */
export class ServerChangedError extends errorWith("ServerChanged") {}

/** Another cluster has the registered endpoint. */
export class ClusterReplacedError extends errorWith("ClusterReplaced") {}

/** Another run holds the cluster. */
export class ClusterLockedError extends errorWith("ClusterLocked") {}

/** The cluster's lock could not be taken in time, so nothing ran. */
export class LockTimeoutError extends ClusterLockedError {}

/** The time ended before each cluster was reached. */
export class NotReachedInTimeError extends AccessError {
  readonly code = "NotReached";

  constructor(cluster: string) {
    super(`${cluster} and those after it were not reached in time. The event is delivered again.`);
  }
}

/** Another stack's ledger entry owns the cluster. */
export class OwnerError extends errorWith("OwnedByAnother") {}

/** The database is no longer as the plan saw it: a statement would run that no reviewer saw. */
export class DatabaseMovedError extends errorWith("DatabaseMoved") {}

/** The server cannot hold what the roster asks for, or the administrator cannot grant it. */
export class RosterRefusedError extends errorWith("RosterRefused") {}

/** A statement that the server refused, or whose connection was lost while it ran (`unknown`). */
export interface FailedStatement {
  readonly sql: string;
  readonly outcome: "failed" | "unknown";
  /** The one account that the statement is about, quoted; absent for a group. */
  readonly account: string | undefined;
  readonly serverMessage: string | undefined;
}

/** How far a run came whose statements did not all run. */
export interface FailedStatements {
  readonly cluster: string;
  readonly ran: number;
  readonly of: number;
  readonly skipped: number;
  readonly failed: readonly FailedStatement[];
  /** Why the run stopped before its last statement. */
  readonly stopped: string | undefined;
  /** What becomes of the other statements, and what a person does now. */
  readonly advice: string;
}

/** Some statements did not run. */
export class StatementsFailedError extends AccessError {
  readonly code = "StatementsFailed";
  readonly statements: FailedStatements;

  constructor(statements: FailedStatements) {
    super(describeFailedStatements(statements));
    this.statements = statements;
  }
}

const FAILURES_NAMED = 3;

function describeFailedStatements(statements: FailedStatements): string {
  const { advice, cluster, failed, of, ran, skipped, stopped } = statements;
  const reasons = failed.slice(0, FAILURES_NAMED).map(({ account, outcome, serverMessage, sql }) => {
    const what = outcome === "unknown" ? "unknown whether it ran" : "refused";
    return `${what}${account === undefined ? "" : ` for ${account}`}: ${sql.slice(0, 500)}: ${serverMessage}`;
  });
  if (failed.length > FAILURES_NAMED) reasons.push(`and ${failed.length - FAILURES_NAMED} more`);
  if (failed.length === 0 && stopped !== undefined) reasons.push(stopped);
  return (
    `${cluster}: ${ran} of ${of} statements ran${skipped > 0 ? `, ${skipped} were skipped` : ""}. ` +
    `${asSentence(reasons.join("; "))} ${advice}`
  );
}

/** All statements ran, and the cluster still differs from the roster. */
export class NotReachedError extends AccessError {
  readonly code = "NotReached";
  readonly ran: number;
  /** The statements that would still have to run. */
  readonly remaining: readonly string[];

  constructor(cluster: string, ran: number, remaining: readonly string[], advice: string) {
    const named = remaining.map(sql => sql.slice(0, 300));
    super(
      `${cluster}: all ${ran} statements ran, but the cluster is not as declared; still to do: ` +
        `${asSentence(listSome(named, 3))} ${advice}`,
    );
    this.ran = ran;
    this.remaining = remaining;
  }
}

/** Sessions had to end, and the server refused to end them. */
export class SessionsRemainError extends errorWith("SessionsRemain") {}

/**
 * The run is done, and some accounts are not as declared: somebody gave them what cannot be taken. The error
 * names each.
 */
export class AccountsLeftOutError extends errorWith("AccountsLeftOut") {}

/** The ledger cannot be read or written, or its content is not valid. */
export class LedgerError extends causedErrorWith("LedgerUnusable") {}

/** A version in the ledger was changed after it was written, or is incomplete. Nothing is done with it. */
export class LedgerHashError extends LedgerError {}

/** The audit trail cannot be written. */
export class AuditError extends causedErrorWith("AuditUnusable") {}

/** A hook cannot be deleted while accounts remain. */
export class AccountsRemainError extends errorWith("AccountsRemain") {}

/**
 * Whether the payload was refused: not valid, of another release, above the ceiling, or for another stack's
 * cluster.
 */
export const isRefusal = (error: unknown): boolean =>
  [InvalidInputError, ProtocolError, CeilingError, OwnerError].some(kind => error instanceof kind);

/** What the caller of a handler gets: a code, then what happened, where, and what to do. */
export const describeError = (error: unknown): ErrorDescription =>
  describeErrorBy(
    error,
    cause =>
      `${cause instanceof Error ? errorText(cause) : "something that is no error was thrown"}. ` +
      "This is a bug of the reconciler; nothing is known to be lost, apply again.",
  );
