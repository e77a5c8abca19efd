import type { Statement } from "../../../core/mysql";
import { nextReady, type Work, workOf } from "../../../core/mysql/statement-queue";
import type { Deadline } from "../../runtime/deadline";
import { within } from "../../runtime/deadline";
import { DatabaseError, DatabaseUnreachableError } from "../runtime/errors";
import type { MySqlSession } from "./mysql-session";

/** How one statement went. `gone`: what it takes away was not there any more. `unknown`: the connection was lost while it ran. */
export interface StatementResult {
  readonly sql: string;
  /** The accounts that it was about, without hosts. */
  readonly users: readonly string[];
  readonly outcome: "done" | "gone" | "failed" | "skipped" | "unknown";
  readonly error?: string;
  readonly ms: number;
}

export interface RunReport {
  readonly results: readonly StatementResult[];
  /** Why the rest did not run, where the run stopped before the end. */
  readonly stopped?: string;
}

/** A lock that somebody else holds is waited for this long, and never beyond the run's own time. */
const LONGEST_LOCK_WAIT_S = 30;
/** Less than this is not enough to begin a statement. */
const LEAST_MS = 1_500;

/** What is to be taken away is not there: 1141, 1147, 1403 no such grant; 1269, 1396 no such account. */
const GONE = new Set([1141, 1147, 1269, 1396, 1403]);
/** The server takes no more writes (failover, read only), or a lock does not come free: another try now is no use. */
const HOPELESS = new Set([1205, 1290, 1792, 1836, 3100]);

/**
 * Runs statements one at a time on one connection. A group that the server refuses is run again account by account, from
 * then on what takes away first, so that one bad account holds nobody else up. An account that met a failure is given
 * nothing more in this run. Stops in good time before the deadline, and leaves no statement behind on the server.
 */
export async function runStatements(
  session: MySqlSession,
  statements: readonly Statement[],
  deadline: Deadline,
): Promise<RunReport> {
  const queue: Work[] = statements.map(workOf);
  const results: StatementResult[] = [];
  const failed = new Set<string>();
  let removalsFirst = false;
  let lockWait = 0;

  while (queue.length > 0) {
    const work = queue.splice(nextReady(queue, removalsFirst), 1)[0]!;
    if (!work.removes && work.users.some(user => failed.has(user))) {
      const rest = work.each.filter(single => !single.users.some(user => failed.has(user)));
      if (work.each.length > 1 && rest.length > 0) queue.unshift(...rest);
      const withheld = work.each.length > 1 ? work.each.filter(single => !rest.includes(single)) : [work];
      for (const { sql, users } of withheld)
        results.push({
          sql,
          users,
          outcome: "skipped",
          error: "an earlier statement for this account failed",
          ms: 0,
        });
      continue;
    }
    const left = deadline.left();
    if (left < LEAST_MS) return stop(results, [work, ...queue], "the function's time is up");
    const started = performance.now();
    const ms = () => Math.round(performance.now() - started);
    let sent = false;
    try {
      const wait = Math.max(1, Math.min(LONGEST_LOCK_WAIT_S, Math.floor((left - 500) / 1000)));
      const run = async () => {
        if (wait !== lockWait) {
          await session.query(`SET SESSION lock_wait_timeout = ${wait}, innodb_lock_wait_timeout = ${wait}`);
          lockWait = wait;
        }
        sent = true;
        await session.query(work.sql);
      };
      await within(
        left,
        run(),
        () => new DatabaseUnreachableError("the server did not answer in the time left"),
      );
      results.push({ sql: work.sql, users: work.users, outcome: "done", ms: ms() });
    } catch (error) {
      if (!(error instanceof DatabaseError)) {
        session.destroy();
        const reason = error instanceof Error ? error.message : String(error);
        results.push({
          sql: work.sql,
          users: work.users,
          outcome: sent ? "unknown" : "skipped",
          error: reason,
          ms: ms(),
        });
        return stop(results, queue, reason);
      }
      if (HOPELESS.has(error.number)) {
        results.push({ sql: work.sql, users: work.users, outcome: "failed", error: error.message, ms: ms() });
        return stop(results, queue, error.message);
      }
      if (work.each.length > 1) {
        queue.unshift(...work.each);
        removalsFirst = true;
      } else if (work.removes && GONE.has(error.number)) {
        results.push({ sql: work.sql, users: work.users, outcome: "gone", error: error.message, ms: ms() });
      } else {
        results.push({ sql: work.sql, users: work.users, outcome: "failed", error: error.message, ms: ms() });
        for (const user of work.users) failed.add(user);
        removalsFirst = true;
      }
    }
  }
  return { results };
}

function stop(results: readonly StatementResult[], rest: readonly Work[], reason: string): RunReport {
  const skipped = rest.map(({ sql, users }) => ({ sql, users, outcome: "skipped" as const, ms: 0 }));
  return { results: [...results, ...skipped], stopped: reason };
}

/** Whether everything that had to happen did. */
export const succeeded = (report: RunReport): boolean =>
  report.results.every(({ outcome }) => outcome === "done" || outcome === "gone");
