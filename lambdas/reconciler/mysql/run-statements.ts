import { defined } from "../../../core/json";
import type { Statement } from "../../../core/mysql";
import { withoutPasswords } from "../../../core/mysql/password-login";
import { nextReady, type Work, waitsFor, workOf } from "../../../core/mysql/statement-queue";
import { type Deadline, within } from "../../runtime/deadline";
import { AccountSecretError, DatabaseError, DatabaseUnreachableError } from "../runtime/errors";
import type { MySqlSession } from "./mysql-session";

/**
 * How one statement went. `gone`: what it revokes or drops did not exist any more. `unknown`: the connection
 * was lost while the statement ran.
 */
export type StatementOutcome = "done" | "gone" | "failed" | "skipped" | "unknown";

export interface StatementResult {
  readonly sql: string;
  /** The accounts that it was about, without hosts. */
  readonly users: readonly string[];
  readonly outcome: StatementOutcome;
  readonly error?: string;
  readonly ms: number;
}

/** How all statements of a run went. */
export interface StatementsReport {
  readonly results: readonly StatementResult[];
  /** Why the run stopped before the last statement, if it did. */
  readonly stopped?: string;
}

/** Whether a statement had its effect. */
export const isDone = ({ outcome }: Pick<StatementResult, "outcome">): boolean =>
  outcome === "done" || outcome === "gone";

/** Whether all statements had their effect. */
export const succeeded = (report: StatementsReport): boolean => report.results.every(isDone);

/** The longest wait for a lock that another connection holds; never longer than the run's own time. */
const LONGEST_LOCK_WAIT_S = 30;
/** The longest wait once a statement has waited for nothing: the holder may be the account that has to go. */
const LATER_LOCK_WAIT_S = 1;
/** After so many waits for nothing the run stops, so that its sessions end: those may be the holders. */
const MAX_LOCK_WAITS = 10;
const LOCK_WAIT_TIMEOUT = 1205;
/** No statement begins with less time than this. */
const LEAST_MS = 1_500;

/**
 * What to revoke, drop or disable does not exist: 1141, 1147, 1403 no such grant; 1269, 1396 no such account;
 * 1539 no such event.
 */
const GONE = new Set([1141, 1147, 1269, 1396, 1403, 1539]);
/**
 * What ALTER USER answers if the account is gone, but also for one that the server cannot load: that account
 * exists, and is not locked.
 */
const CANNOT_USER = 1396;
const isGone = ({ removes, sql }: Work, error: number): boolean =>
  removes && GONE.has(error) && !(error === CANNOT_USER && sql.startsWith("ALTER USER "));
/** The server accepts no more writes (failover, read only): another try does not help now. */
const HOPELESS = new Set([1290, 1792, 1836, 3100]);

/**
 * Runs statements one at a time on one connection. A group that the server refuses is run again account by
 * account, and from then on revocations come first, so that one account's fault delays no other account. An
 * account with a failure gets no more grants in this run. A lock that is not released fails one statement
 * only: its holder ends with the run's other sessions. Stops after `MAX_LOCK_WAITS` of them, and in good time
 * before the deadline. Leaves no statement running on the server.
 */
export const runStatements = (
  session: MySqlSession,
  statements: readonly Statement[],
  deadline: Deadline,
  passwords: Passwords = NO_PASSWORDS,
) => new StatementRun(session, statements, deadline, passwords).run();

/**
 * Puts passwords into statements, just before they are sent. Reports and errors hold the statement without.
 */
export interface Passwords {
  /** @throws AccountSecretError */
  fill(sql: string): Promise<{ readonly sql: string; readonly passwords: readonly string[] }>;
}

/** For statements that set no password: the server refuses the placeholder of any other. */
const NO_PASSWORDS: Passwords = { fill: async sql => ({ sql, passwords: [] }) };

class StatementRun {
  readonly #session: MySqlSession;
  readonly #deadline: Deadline;
  readonly #passwords: Passwords;
  readonly #queue: Work[];
  readonly #results: StatementResult[] = [];
  readonly #failed = new Set<string>();
  #removalsFirst = false;
  #lockWaits = 0;
  #lockWait = 0;

  constructor(
    session: MySqlSession,
    statements: readonly Statement[],
    deadline: Deadline,
    passwords: Passwords,
  ) {
    this.#session = session;
    this.#deadline = deadline;
    this.#passwords = passwords;
    this.#queue = statements.map(workOf);
  }

  async run(): Promise<StatementsReport> {
    while (this.#queue.length > 0) {
      const work = this.#queue.splice(nextReady(this.#queue, this.#removalsFirst), 1)[0]!;
      if (waitsFor(work, this.#failed)) {
        this.#withhold(work);
        continue;
      }
      const left = this.#deadline.left();
      if (left < LEAST_MS) return this.#stop("the function's time is up", work);
      const stopped = await this.#runOne(work, left);
      if (stopped !== undefined) return this.#stop(stopped);
    }
    return { results: this.#results };
  }

  /** Leaves out a statement for accounts with a failure. The other accounts of a group get theirs. */
  #withhold(work: Work): void {
    const isGroup = work.each.length > 1;
    if (isGroup) this.#queue.unshift(...work.each.filter(single => !waitsFor(single, this.#failed)));
    const withheld = isGroup ? work.each.filter(single => waitsFor(single, this.#failed)) : [work];
    const failed = "an earlier statement for this account failed";
    const { successor } = work;
    const error = successor === undefined ? failed : `${failed}, or for ${successor}, which replaces it`;
    for (const { sql, users } of withheld)
      this.#results.push({ sql, users, outcome: "skipped", error, ms: 0 });
  }

  /** @returns why the run must stop, if it must */
  async #runOne(work: Work, left: number): Promise<string | undefined> {
    const started = performance.now();
    const finish = (outcome: StatementOutcome, error?: string) => {
      const ms = Math.round(performance.now() - started);
      this.#results.push(defined({ sql: work.sql, users: work.users, outcome, error, ms }));
      return error;
    };
    const attempt = { sent: false };
    try {
      const late = () => new DatabaseUnreachableError("the server did not answer in the time left");
      await within(left, this.#send(work.sql, left, attempt), late);
      finish("done");
      return undefined;
    } catch (error) {
      if (error instanceof AccountSecretError) {
        this.#refused(work, error.message, finish);
        return undefined;
      }
      if (!(error instanceof DatabaseError)) {
        this.#session.destroy();
        const reason = error instanceof Error ? error.message : String(error);
        return finish(attempt.sent ? "unknown" : "skipped", reason);
      }
      if (HOPELESS.has(error.number)) return finish("failed", error.message);
      if (error.number === LOCK_WAIT_TIMEOUT && ++this.#lockWaits === MAX_LOCK_WAITS)
        return finish("failed", error.message);
      if (work.each.length <= 1 && isGone(work, error.number)) finish("gone", error.message);
      else this.#refused(work, error.message, finish);
      return undefined;
    }
  }

  /** A statement that cannot run: a group is tried account by account, a single one has failed. */
  #refused(work: Work, reason: string, finish: (outcome: StatementOutcome, error: string) => void): void {
    if (work.each.length > 1) this.#queue.unshift(...work.each);
    else {
      finish("failed", reason);
      for (const user of work.users) this.#failed.add(user);
    }
    this.#removalsFirst = true;
  }

  async #send(sql: string, left: number, attempt: { sent: boolean }): Promise<void> {
    const longest = this.#lockWaits === 0 ? LONGEST_LOCK_WAIT_S : LATER_LOCK_WAIT_S;
    const wait = Math.max(1, Math.min(longest, Math.floor((left - 500) / 1000)));
    if (wait !== this.#lockWait) {
      await this.#session.query(
        `SET SESSION lock_wait_timeout = ${wait}, innodb_lock_wait_timeout = ${wait}`,
      );
      this.#lockWait = wait;
    }
    const filled = await this.#passwords.fill(sql);
    attempt.sent = true;
    await this.#session.query(filled.sql).catch((error: unknown) => {
      if (!(error instanceof DatabaseError)) throw error;
      throw new DatabaseError(
        error.number,
        error.symbol,
        withoutPasswords(error.serverMessage, filled.passwords),
      );
    });
  }

  /** @param first a statement that was taken out of the queue and did not run */
  #stop(stopped: string, ...first: readonly Work[]): StatementsReport {
    const outcome = "skipped" as const;
    const skipped = [...first, ...this.#queue].map(({ sql, users }) => ({ sql, users, outcome, ms: 0 }));
    return { results: [...this.#results, ...skipped], stopped };
  }
}
