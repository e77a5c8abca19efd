import type { AccessEvent } from "../../core/events";
import type { Statement } from "../../core/mysql";
import { commonDetail, type Run } from "./run-events";

const ACCOUNTS = 1_000;
const STATEMENTS = 100;
const SQL = 1_000;

/** The cluster is not as declared, or was not until this run. */
export function driftEvent(
  run: Run,
  statements: readonly Statement[],
  undeclared: readonly string[],
  repaired: boolean,
): AccessEvent {
  const accounts = [...new Set(statements.flatMap(statement => statement.accounts.map(({ user }) => user)))];
  return {
    type: "drift.detected",
    detail: {
      ...commonDetail(run, "drift", repaired ? "repaired" : "drift"),
      repaired,
      accounts: accounts.slice(0, ACCOUNTS),
      statements: statements.slice(0, STATEMENTS).map(({ sql }) => sql.slice(0, SQL)),
      statementCount: statements.length,
      undeclared: undeclared.slice(0, ACCOUNTS),
    },
  };
}
