/**
 * Which of the accounts cannot be dealt with, and why. Looked for by halves, as most of the time there is none.
 * @param problemsOf what is in the way when just these are dealt with
 */
export function stuckAccounts(
  accounts: readonly string[],
  problemsOf: (concerns: (account: string) => boolean) => readonly string[],
): Map<string, string> {
  const stuck = new Map<string, string>();
  const search = (some: readonly string[]): void => {
    if (some.length === 0) return;
    const these = new Set(some);
    const problems = problemsOf(account => these.has(account));
    if (problems.length === 0) return;
    if (some.length === 1) {
      stuck.set(some[0]!, problems.join(" "));
      return;
    }
    const half = Math.ceil(some.length / 2);
    search(some.slice(0, half));
    search(some.slice(half));
  };
  search(accounts);
  return stuck;
}
