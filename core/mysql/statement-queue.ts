import type { AccountId } from "./observed-state";
import type { Statement } from "./statement";

/** A statement that waits to run, with its parts for the case that the server refuses it as a whole. */
export interface Work {
  readonly sql: string;
  /** User names of the accounts that it changes, without hosts, since RENAME USER changes the host. */
  readonly users: readonly string[];
  readonly removes: boolean;
  /** See `Statement.successor`. */
  readonly successor?: string | undefined;
  /** The statement for each account alone; for one account the statement itself. */
  readonly each: readonly Work[];
}

export function workOf(statement: Statement): Work {
  const { accounts, becomes, removes, sql, successor } = statement;
  const each = statement.each.map((single, index): Work => {
    const users = usersOf([accounts[index]!], becomes);
    const work = { sql: single, users, removes, successor, each: [] as Work[] };
    work.each.push(work);
    return work;
  });
  if (each.length === 1) return each[0]!;
  return { sql, users: usersOf(accounts), removes, successor, each };
}

/** Whether the statement must not run once something has failed for these users. */
export const waitsFor = ({ removes, successor, users }: Work, failed: ReadonlySet<string>): boolean =>
  (successor !== undefined && failed.has(successor)) || (!removes && users.some(user => failed.has(user)));

/** The user names of accounts, and the new one of an account that is renamed. */
export const usersOf = (accounts: readonly AccountId[], becomes?: AccountId): string[] => [
  ...new Set([...accounts, ...(becomes ? [becomes] : [])].map(({ user }) => user)),
];

/**
 * The index of the statement to run next. Normally the first, as the order is the only one known to be safe.
 * After a failure the first revocation whose accounts no earlier statement waits for, so that a revocation
 * does not wait for another account's grant. An account's removal waits for what its successor needs.
 * @param removalsFirst whether a statement has failed
 */
export function nextReady(queue: readonly Work[], removalsFirst: boolean): number {
  if (!removalsFirst) return 0;
  const waiting = new Set<string>();
  for (const [index, work] of queue.entries()) {
    const needs = work.successor === undefined ? work.users : [...work.users, work.successor];
    if (work.removes && !needs.some(user => waiting.has(user))) return index;
    for (const user of work.users) waiting.add(user);
  }
  return 0;
}
