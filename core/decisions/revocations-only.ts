import type { StatementsPlan } from "../mysql";

/**
 * The part of a plan that may run without an audit trail: statements that take access away. Left out are
 * accounts that would then lack declared access. A group of accounts is cut into single statements if some of
 * its accounts are left out. An account with a successor stays while that one would lack something.
 */
export function revocationsOnly(plan: StatementsPlan): StatementsPlan {
  const leftOut = new Set(
    plan.statements
      .filter(({ isNeeded }) => isNeeded)
      .flatMap(({ accounts }) => accounts.map(({ user }) => user)),
  );
  const incomplete = new Set(
    plan.statements
      .filter(({ removes }) => !removes)
      .flatMap(({ accounts }) => accounts.map(({ user }) => user)),
  );
  const statements = plan.statements
    .filter(({ removes, successor }) => removes && !(successor !== undefined && incomplete.has(successor)))
    .flatMap(statement => {
      const { accounts, each } = statement;
      if (accounts.every(({ user }) => !leftOut.has(user))) return [statement];
      return accounts.flatMap((account, index) => {
        if (leftOut.has(account.user)) return [];
        const sql = each[index]!;
        return [{ ...statement, sql, accounts: [account], each: [sql] }];
      });
    });
  const taken = new Set(statements.flatMap(({ accounts }) => accounts.map(({ user }) => user)));
  return { ...plan, statements, endSessions: plan.endSessions.filter(({ user }) => taken.has(user)) };
}
