import { within } from "../../runtime/deadline";
import type { MySqlSession } from "../mysql/mysql-session";
import { DatabaseError } from "../runtime/errors";

/** How long a run waits for `endLost`, from the moment when it gave up the connection. */
const END_LOST_MS = 4_000;

export interface SessionBounds {
  /** How long a query that begins now may take. */
  readonly boundMs: () => number;
  /** What a query that takes longer ends with. */
  readonly late: () => Error;
  /** Ends on the server what may still run there. */
  readonly endLost: () => Promise<void>;
}

/**
 * The session with a bound on each query: a server that hangs must leave time to record the failure. If a
 * query got no answer, `endLost` is called at once, while the run records its failure.
 * @returns the session, and what waits until `endLost` is done, which never fails
 */
export function boundedSession(session: MySqlSession, { boundMs, endLost, late }: SessionBounds) {
  let waiting = 0;
  let ending = Promise.resolve();
  let isLost = false;
  let abandon = (_: Error) => {};
  // The driver never settles a query whose connection was closed here.
  const abandoned = new Promise<never>((_, reject) => {
    abandon = reject;
  });
  abandoned.catch(() => {});
  const giveUp = () => {
    if (isLost) return;
    isLost = true;
    session.destroy();
    abandon(late());
    ending = within(END_LOST_MS, endLost(), late).catch(() => {});
  };
  const bound = async <R>(query: Promise<R>): Promise<R> => {
    waiting++;
    try {
      return await within(boundMs(), Promise.race([query, abandoned]), late);
    } catch (error) {
      if (!(error instanceof DatabaseError)) giveUp();
      throw error;
    } finally {
      waiting--;
    }
  };
  const bounded: MySqlSession = {
    id: session.id,
    server: session.server,
    user: session.user,
    query: sql => bound(session.query(sql)),
    queryAll: statements => bound(session.queryAll(statements)),
    close: () => session.close(),
    destroy: () => {
      if (waiting > 0) giveUp();
      else session.destroy();
    },
  };
  return { bounded, ended: () => ending };
}
