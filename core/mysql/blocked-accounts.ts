import type { StatementsPlan } from ".";

/**
 * Which of the accounts cannot be dealt with, and why. Asked once, however many they are: thousands may be stuck for one reason.
 * @param planOf what would be done when just these are dealt with
 */
export function blockedAccounts(
  accounts: readonly string[],
  planOf: (onlyUsers: (account: string) => boolean) => Pick<StatementsPlan, "problemsByUser">,
): Map<string, string> {
  if (accounts.length === 0) return new Map();
  const these = new Set(accounts);
  const { problemsByUser } = planOf(account => these.has(account));
  return new Map([...problemsByUser].map(([account, problems]) => [account, problems.join(" ")]));
}
