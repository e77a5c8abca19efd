import type { StatementsPlan } from ".";

/**
 * Which of the accounts cannot be dealt with, and why. Asked once, however many they are: thousands may be stuck for one reason.
 * @param planOf what would be done when just these are dealt with
 */
export function stuckAccounts(
  accounts: readonly string[],
  planOf: (concerns: (account: string) => boolean) => Pick<StatementsPlan, "problemsOf">,
): Map<string, string> {
  if (accounts.length === 0) return new Map();
  const these = new Set(accounts);
  const { problemsOf } = planOf(account => these.has(account));
  return new Map([...problemsOf].map(([account, problems]) => [account, problems.join(" ")]));
}
