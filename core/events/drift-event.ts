import type { Statement } from "../mysql";
import { fitting, LIST_BYTES } from "./access-lists";
import type { AccessEvent } from "./events";
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
      accounts: fitting(accounts.slice(0, ACCOUNTS), LIST_BYTES.names),
      statements: fitting(
        statements.slice(0, STATEMENTS).map(({ sql }) => sql.slice(0, SQL)),
        LIST_BYTES.statements,
      ),
      statementCount: statements.length,
      undeclared: fitting(undeclared.slice(0, ACCOUNTS), LIST_BYTES.names),
    },
  };
}
