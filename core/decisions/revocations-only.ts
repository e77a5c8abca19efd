import type { StatementsPlan } from "../mysql";

/**
 * The part of a plan that may run without an audit trail: statements that take access away from accounts that
 * get nothing. A group of accounts is cut into single statements if some of the accounts get something.
 */
export function revocationsOnly(plan: StatementsPlan): StatementsPlan {
  const getters = new Set(
    plan.statements
      .filter(({ removes }) => !removes)
      .flatMap(({ accounts }) => accounts.map(({ user }) => user)),
  );
  const statements = plan.statements.flatMap(statement => {
    const { accounts, each } = statement;
    if (accounts.every(({ user }) => !getters.has(user))) return [statement];
    return accounts.flatMap((account, index) => {
      if (getters.has(account.user)) return [];
      const sql = each[index]!;
      return [{ ...statement, sql, accounts: [account], each: [sql] }];
    });
  });
  return { ...plan, statements, endSessions: plan.endSessions.filter(({ user }) => !getters.has(user)) };
}
