import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { type AccountId, quoteAccount, quoteText } from "../../../core/mysql";
import {
  fillPasswords,
  type KnownPassword,
  MAY_RETURN,
  PASSWORD_LOGIN,
  PASSWORD_PLUGIN,
  withoutPasswords,
} from "../../../core/mysql/password-login";
import { recordIntent, recordResult } from "../execute/audit-run";
import { isPasswordOf } from "../execute/is-password-of";
import { NOTHING_RAN } from "../execute/run-report";
import { assertClusterLock, type LockedSession } from "../mysql/cluster-lock";
import type { StatementResult } from "../mysql/run-statements";
import { AccountSecretError, DatabaseError } from "../runtime/errors";
import type { SecretContent } from "../secrets/secret-text";
import type { RotatedPasswords, Rotation } from "./rotated-secret";

/** A step of a rotation under the cluster's lock. */
export interface LockedRotation extends Rotation {
  readonly session: LockedSession;
}

const HOUR = 3_600_000;
const DEFAULT_OLD_PASSWORD_HOURS = 24;
/** The least time for a rotation to come to its end. */
const GIVEN_UP_AFTER_HOURS = 24;
const SECOND_MS = 1_000;
/** With less time left, the function waits for no later second. */
const LEAST_MS = 5_000;
/** The longest wait for a lock of the server that another connection holds, in seconds. */
const LOCK_WAIT_S = 10;

/** An account of the rotated user name, as the server has it. */
interface ServerAccount extends AccountId {
  readonly changed: number;
  /** The server's time when it was read, in seconds since 1970. */
  readonly now: number;
  readonly tls: string;
}

/**
 * Gives the account the new password, and keeps the current one as its second. Does nothing if the new one
 * works already.
 *
 * An account has two passwords at most. If an earlier rotation was given up after this step, its password
 * is the first one, and the current one is the second: to retain then would lose the current one. Or its
 * holder changed the first one a moment ago. So the current one is made the first again, before.
 * @throws AccountSecretError if neither password works, or none can be tried
 */
export async function setOnServer(rotation: LockedRotation, passwords: RotatedPasswords): Promise<void> {
  const { entry, session, user } = rotation;
  const { current, next } = passwords;
  const accounts = await accountsOf(session, user);
  if (accounts.length === 0 || accounts.some(({ tls }) => tls !== "ANY"))
    throw new AccountSecretError(
      `${entry.cluster}: ${user} does not exist, or needs a certificate for its logins, which the function does not ` +
        "have. It is not rotated: its present password stays.",
    );
  const isSet = await isPasswordHere(rotation, next);
  await assertCurrent(rotation, current);
  if (isSet) return knowAsOurs(rotation, next);
  const statements = accounts.flatMap(account => {
    const set = `ALTER USER ${quoteAccount(account)}${PASSWORD_LOGIN}`;
    return [
      { sql: `${set}${MAY_RETURN}`, password: current.password },
      { sql: `${set} RETAIN CURRENT PASSWORD${MAY_RETURN}`, password: next.password },
    ];
  });
  await run(rotation, statements);
  // Its holder may have changed the first one between the two statements.
  await assertCurrent(rotation, current);
  await knowAsOurs(rotation, next);
}

const isPasswordHere = ({ session, ...rotation }: LockedRotation, { password }: SecretContent) =>
  isPasswordOf({ ...rotation, server: session.server }, password);

/** @throws AccountSecretError if the account does not log in by its current password */
async function assertCurrent(rotation: LockedRotation, current: SecretContent): Promise<void> {
  if (await isPasswordHere(rotation, current)) return;
  const { entry, secret, user } = rotation;
  throw new AccountSecretError(
    `${entry.cluster}: ${user} does not log in by the current password of ${secret}: ` +
      "somebody else changed it. Plan and apply the cluster, then rotate again.",
  );
}

/** A statement without its password, and the password. */
interface RotationStatement {
  readonly sql: string;
  readonly password: string;
}

/** Records the intent, runs the statements, and records what they did. */
async function run(rotation: LockedRotation, statements: readonly RotationStatement[]): Promise<void> {
  const { call, session, subject, user } = rotation;
  const about = () => ({ cause: "rotation" as const, user });
  const audited = statements.map(({ sql }) => ({
    sql,
    accounts: [{ user, host: "%" }],
    why: "rotation",
    removes: false,
    isNeeded: false,
    each: [sql],
  }));
  await recordIntent(call, subject, { statements: audited }, { about });
  // From here on, another time of the last change is no sign of somebody else's.
  await know(rotation, before => before && { ...before, ...begun(rotation) });
  await assertClusterLock(session, rotation.entry.cluster);
  await session.query(
    `SET SESSION lock_wait_timeout = ${LOCK_WAIT_S}, innodb_lock_wait_timeout = ${LOCK_WAIT_S}`,
  );
  const results: StatementResult[] = [];
  const report = () => ({ ...NOTHING_RAN, results, about });
  for (const { password, sql } of statements) {
    const began = performance.now();
    const done = (outcome: StatementResult["outcome"], error?: string) =>
      results.push({
        sql,
        users: [user],
        outcome,
        ...(error && { error }),
        ms: Math.round(performance.now() - began),
      });
    try {
      await session.query(fillPasswords(sql, () => password));
      done("done");
    } catch (error) {
      const isRefused = error instanceof DatabaseError;
      const shown = isRefused ? withoutPasswords(error.serverMessage, [password]) : "the connection was lost";
      done(isRefused ? "failed" : "unknown", shown);
      const reason = isRefused ? new DatabaseError(error.number, error.symbol, shown) : error;
      await recordResult(call, subject, report(), { code: "RotationFailed", message: shown });
      throw reason;
    }
  }
  await recordResult(call, subject, report());
}

/** A rotation that is under way from now on, and when it counts as given up. */
function begun({ call, entry }: LockedRotation): Pick<KnownPassword, "rotatingSince" | "rotatingUntil"> {
  const now = call.services.now();
  const hours = Math.max(GIVEN_UP_AFTER_HOURS, oldPasswordHours(entry));
  return {
    rotatingSince: now.toISOString(),
    rotatingUntil: new Date(now.getTime() + hours * HOUR).toISOString(),
  };
}

const oldPasswordHours = (entry: RegistryEntry): number =>
  entry.oldPasswordHours ?? DEFAULT_OLD_PASSWORD_HOURS;

/**
 * Writes to the ledger when the new password was set, if a login by it works. The time is read before, when
 * no later change can have it any more: the server counts in seconds.
 */
async function knowAsOurs(rotation: LockedRotation, next: SecretContent): Promise<void> {
  const { call, session, user } = rotation;
  let accounts = await accountsOf(session, user);
  while (accounts.some(({ changed, now }) => changed >= now) && call.deadline.left() > LEAST_MS) {
    await call.services.pause(SECOND_MS);
    accounts = await accountsOf(session, user);
  }
  if (!(await isPasswordHere(rotation, next))) return;
  const times = new Map(accounts.map(account => [quoteAccount(account), account.changed]));
  await know(rotation, (_, account) => {
    const changed = times.get(quoteAccount(account));
    return changed === undefined ? undefined : { changed, ...begun(rotation) };
  });
}

/**
 * Writes to the ledger until when the password before this one works.
 * @param before called with that time first
 * @returns whether that was still to be done
 */
export async function finishOnServer(
  rotation: LockedRotation,
  before: (oldUntil: string) => Promise<void>,
): Promise<boolean> {
  const { call, entry, session, user } = rotation;
  const known = await call.services.ledger.passwords.read(entry.cluster);
  const accounts = await accountsOf(session, user);
  if (accounts.every(account => known.get(quoteAccount(account))?.rotatingSince === undefined)) return false;
  const oldUntil = new Date(call.services.now().getTime() + oldPasswordHours(entry) * HOUR).toISOString();
  await before(oldUntil);
  await know(rotation, known => known && { changed: known.changed, oldUntil });
  return true;
}

/**
 * Changes what the ledger knows of the account's password. What it does not know stays unknown, unless a
 * login has just proved it: else another's change would count as ours.
 * @param next what is known from now on; undefined: nothing changes
 */
async function know(
  { call, entry, session, user }: LockedRotation,
  next: (before: KnownPassword | undefined, account: AccountId) => KnownPassword | undefined,
): Promise<void> {
  const { passwords } = call.services.ledger;
  const known = await passwords.read(entry.cluster);
  for (const account of await accountsOf(session, user)) {
    const key = quoteAccount(account);
    const after = next(known.get(key), account);
    if (after) known.set(key, after);
  }
  await passwords.write(entry.cluster, known);
}

async function accountsOf(session: LockedSession, user: string): Promise<ServerAccount[]> {
  const rows = await session.query(
    "SELECT User, Host, ssl_type, UNIX_TIMESTAMP() AS now, " +
      "UNIX_TIMESTAMP(password_last_changed) AS changed " +
      `FROM mysql.user WHERE User = ${quoteText(user)} AND plugin = ${quoteText(PASSWORD_PLUGIN)} ORDER BY Host`,
  );
  return rows.map(row => ({
    user: String(row["User"]),
    host: String(row["Host"]),
    changed: Math.floor(Number(row["changed"])),
    now: Math.floor(Number(row["now"])),
    tls: String(row["ssl_type"]),
  }));
}
