import type { Statement } from "../mysql";
import { fitting, LIST_BYTES } from "./access-lists";
import type { AccessEvent } from "./events";
import { commonDetail, type Run } from "./run-events";

/** The event for new holders: see `compareHolders`. */
export const holdersEvent = (run: Run, holders: readonly string[]): AccessEvent => ({
  type: "drift.detected",
  detail: {
    ...commonDetail(run, "drift", "holders"),
    repaired: false,
    accounts: [],
    statements: [],
    statementCount: 0,
    undeclared: [],
    holders: fitting(
      holders.slice(0, MAX_ACCOUNTS).map(holder => holder.slice(0, MAX_HOLDER)),
      LIST_BYTES.names,
    ),
  },
});

const MAX_ACCOUNTS = 1_000;
/** The most characters of a holder: two accounts with the longest host names would be longer. */
const MAX_HOLDER = 400;
const MAX_STATEMENTS = 100;
/** The most characters of a statement. */
const MAX_SQL = 1_000;

/** What differs from the rosters. */
export interface Drift {
  /** The statements that would repair it, or that did. */
  readonly statements: readonly Statement[];
  /** Accounts that statements cannot repair, or not all of it. Default: none. */
  readonly leftOut?: readonly string[];
}

/**
 * The event for a cluster that is not as declared.
 * @param repaired whether this run repaired the drift
 */
export function driftEvent(
  run: Run,
  { leftOut = [], statements }: Drift,
  undeclared: readonly string[],
  repaired: boolean,
): AccessEvent {
  const users = statements.flatMap(statement => statement.accounts.map(({ user }) => user));
  const accounts = new Set([...leftOut, ...users]);
  const sql = statements.slice(0, MAX_STATEMENTS).map(statement => statement.sql.slice(0, MAX_SQL));
  return {
    type: "drift.detected",
    detail: {
      ...commonDetail(run, "drift", repaired ? "repaired" : "drift"),
      repaired,
      accounts: fitting([...accounts].slice(0, MAX_ACCOUNTS), LIST_BYTES.names),
      statements: fitting(sql, LIST_BYTES.statements),
      statementCount: statements.length,
      undeclared: fitting(undeclared.slice(0, MAX_ACCOUNTS), LIST_BYTES.names),
    },
  };
}
