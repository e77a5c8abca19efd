import { revocationsOnly } from "../../../../core/decisions/revocations-only";
import { NO_STATEMENTS, type Statement, type StatementsPlan } from "../../../../core/mysql";

const idOf = (user: string) => ({ user, host: "%" });
const statement = (verb: string, removes: boolean, ...users: string[]): Statement => ({
  sql: `${verb} ${users.join(", ")}`,
  accounts: users.map(idOf),
  why: "",
  removes,
  isNeeded: verb === "CREATE",
  each: users.map(user => `${verb} ${user}`),
});
const planOf = (statements: readonly Statement[], ...endSessions: string[]): StatementsPlan => ({
  ...NO_STATEMENTS,
  statements,
  endSessions: endSessions.map(idOf),
});
const sqlOf = (plan: StatementsPlan) => plan.statements.map(({ sql }) => sql);

describe("without an audit trail", () => {
  it("only statements that take something away run", () => {
    const plan = planOf([statement("REVOKE", true, "a", "b"), statement("GRANT", false, "c")], "a", "c");
    const left = revocationsOnly(plan);
    expect(sqlOf(left)).toEqual(["REVOKE a, b"]);
    expect(left.endSessions).toEqual([idOf("a")]);
  });

  it("takes from an account that would also be given something, which it is not given", () => {
    const plan = planOf([statement("REVOKE", true, "a"), statement("GRANT", false, "a")], "a");
    expect(sqlOf(revocationsOnly(plan))).toEqual(["REVOKE a"]);
    expect(revocationsOnly(plan).endSessions).toEqual([idOf("a")]);
  });

  it("a group is cut into single statements, without the accounts that would lack declared access", () => {
    const plan = planOf([statement("REVOKE", true, "a", "b", "c"), statement("CREATE", false, "b")], "b");
    expect(revocationsOnly(plan).endSessions).toEqual([]);
    const { statements } = revocationsOnly(plan);
    expect(statements).toEqual([statement("REVOKE", true, "a"), statement("REVOKE", true, "c")]);
  });
});
