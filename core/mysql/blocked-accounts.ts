import type { StatementsPlan } from "./statements-request";

/**
 * Which of the accounts cannot be processed, and why. Plans only once, since thousands may be blocked for one
 * reason.
 * @param planOf the plan for just the accounts that its argument says yes to
 */
export function blockedAccounts(
  accounts: readonly string[],
  planOf: (onlyUsers: (account: string) => boolean) => Pick<StatementsPlan, "problemsByUser">,
): Map<string, string> {
  if (accounts.length === 0) return new Map();
  const asked = new Set(accounts);
  const { problemsByUser } = planOf(account => asked.has(account));
  return new Map([...problemsByUser].map(([account, problems]) => [account, problems.join(" ")]));
}
