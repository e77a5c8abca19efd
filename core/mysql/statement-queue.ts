import type { Statement } from ".";

/** A statement on its way, and what it falls into when the server refuses it as a whole. */
export interface Work {
  readonly sql: string;
  /** User names of the accounts that it changes, without hosts: RENAME USER changes those. */
  readonly users: readonly string[];
  readonly removes: boolean;
  /** The same for each account alone; one, itself, where there is nothing to take apart. */
  readonly each: readonly Work[];
}

export function workOf(statement: Statement): Work {
  const { accounts, removes, sql } = statement;
  const each = statement.each.map((single, index): Work => {
    const work = { sql: single, users: [accounts[index]!.user], removes, each: [] as Work[] };
    work.each.push(work);
    return work;
  });
  if (each.length === 1) return each[0]!;
  return { sql, users: [...new Set(accounts.map(account => account.user))], removes, each };
}

/**
 * Which statement is next. In order, as that is the one order known to be safe; once something failed, the first that takes
 * away and for whose accounts nothing earlier waits, so that a revocation does not wait for somebody else's grant.
 */
export function nextReady(queue: readonly Work[], removalsFirst: boolean): number {
  if (!removalsFirst) return 0;
  const waiting = new Set<string>();
  for (const [index, work] of queue.entries()) {
    if (work.removes && !work.users.some(user => waiting.has(user))) return index;
    for (const user of work.users) waiting.add(user);
  }
  return 0;
}
