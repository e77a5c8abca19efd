import type { StatementsPlan } from "./statements-request";

/** What a plan says of accounts that cannot become as declared. */
type BlockingPlan = Pick<StatementsPlan, "problemsByUser"> & Partial<Pick<StatementsPlan, "leftOut">>;

/**
 * Which of the accounts cannot be processed, and why. Plans only once, since thousands may be blocked for one
 * reason.
 * @param planOf the plan for just the accounts that its argument says yes to
 */
export function blockedAccounts(
  accounts: readonly string[],
  planOf: (onlyUsers: (account: string) => boolean) => BlockingPlan,
): Map<string, string> {
  if (accounts.length === 0) return new Map();
  const asked = new Set(accounts);
  const { leftOut = new Map(), problemsByUser } = planOf(account => asked.has(account));
  const reasons = [...problemsByUser].map(([account, problems]): [string, string] => [
    account,
    problems.join(" "),
  ]);
  return new Map([...leftOut, ...reasons]);
}
