import type { RegistryEntry } from "../../../core/contract/registry-entry";
import type { Roster } from "../../../core/roster/roster";
import { within } from "../../runtime/deadline";
import type { MySqlSession } from "../mysql/mysql-session";
import { type Observation, type OnStep, observe } from "../mysql/observe";
import { sessionCounts } from "../mysql/open-sessions";
import { DatabaseUnreachableError, outOfReach } from "../runtime/errors";
import { type Call, CONNECT_TIMEOUT_MS, connectTimeout } from "../services/services";

/** By default a look at a database that is awake takes at most this long, whatever the server does. */
const LOOK_TIMEOUT_MS = 20_000;

/** What a look finds. */
export interface Look extends Observation {
  /** How many sessions each managed account has open on the writer. Undefined: the server does not say it. */
  readonly sessions: ReadonlyMap<string, number> | undefined;
}

/** What a look does now. */
interface Step {
  readonly reads: string;
  /** On the clock of `performance.now()`. */
  readonly since: number;
}

/**
 * Connects, and reads what the cluster holds, and what of the roster's objects exists, within the time that a
 * plan has for it.
 * @throws DatabaseUnreachableError, DatabaseError, CredentialsError, ReaderError
 */
export const look = (entry: RegistryEntry, roster: Roster, call: Call): Promise<Look> =>
  lookWith(entry, call, async (session, onStep) => {
    const seen = await observe(session, entry, { onStep, rosters: [roster] });
    onStep("open sessions");
    const sessions = await sessionCounts(session, entry);
    return { seen: { ...seen, sessions }, isUsable: sessions !== undefined };
  });

/** What a look read, and whether the connection can still be closed in order. */
interface Seen<T> {
  readonly seen: T;
  readonly isUsable: boolean;
}

/**
 * Connects and reads, within the time that a plan has for it.
 * @throws DatabaseUnreachableError, DatabaseError, CredentialsError, ReaderError
 */
export async function lookWith<T>(
  entry: RegistryEntry,
  { deadline, services }: Call,
  read: (session: MySqlSession, onStep: OnStep) => Promise<Seen<T>>,
): Promise<T> {
  const connectMs = connectTimeout(entry);
  const allowedMs = lookTimeout(entry);
  const callMs = deadline.left();
  const limit = Math.min(allowedMs, callMs);
  const setting =
    limit < allowedMs ? "`previewTimeout` of the reconciler" : "`observationTimeout` of the cluster";
  let step: Step | undefined;
  const onStep = (reads: string) => {
    step = { reads, since: performance.now() };
  };
  let onLogin = () => {};
  const known = new Promise<void>(resolve => {
    onLogin = resolve;
  });
  const connecting = services.connect(entry, {
    bulkRead: true,
    timeoutMs: Math.min(connectMs, limit),
    callMs,
    onLogin,
    // So late that this function says first what was slow.
    queryTimeoutMs: limit + 1_000,
  });
  const looking = connecting.then(async session => {
    const { isUsable, seen } = await read(session, onStep);
    // What does not answer is not waited for.
    if (isUsable) await session.close();
    else session.destroy();
    return seen;
  });
  try {
    // AWS may not know yet that the function may read the login: that is not the server's time.
    await within(callMs, Promise.race([known, looking]), () => late(entry, callMs, step, setting));
    const left = Math.min(limit, deadline.left());
    return await within(left, looking, () => late(entry, left, step, setting));
  } catch (error) {
    void connecting.then(
      session => session.destroy(),
      () => {},
    );
    throw error;
  }
}

/** How long a look may take, in ms. */
function lookTimeout(entry: RegistryEntry): number {
  const { observationTimeout } = entry;
  const awakeMs = observationTimeout === undefined ? LOOK_TIMEOUT_MS : observationTimeout * 1_000;
  return awakeMs + connectTimeout(entry) - CONNECT_TIMEOUT_MS;
}

/** Why the look did not end in time: no login, or what was slow. */
function late(
  { cluster, host, port }: RegistryEntry,
  limit: number,
  step: Step | undefined,
  setting: string,
) {
  const answer = `${cluster}: ${host}:${port} did not answer within ${seconds(limit)}`;
  if (step === undefined) return outOfReach(answer);
  const took = seconds(performance.now() - step.since);
  return new DatabaseUnreachableError(
    `${answer}: to read ${step.reads} took ${took} of that, and was not done. ` +
      `Raise ${setting}, or check what the server does.`,
  );
}

/** A time in seconds, to a tenth. */
const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`;
