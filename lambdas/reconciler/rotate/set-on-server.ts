import { type AccountId, quoteAccount, quoteText } from "../../../core/mysql";
import {
  fillPasswords,
  type KnownPassword,
  PASSWORD_LOGIN,
  PASSWORD_PLUGIN,
  withoutPasswords,
} from "../../../core/mysql/password-login";
import { recordIntent, recordResult } from "../execute/audit-run";
import { NOTHING_RAN } from "../execute/run-report";
import { assertClusterLock, type LockedSession } from "../mysql/cluster-lock";
import type { StatementResult } from "../mysql/run-statements";
import { AccountSecretError, DatabaseError } from "../runtime/errors";
import { isPasswordOf } from "../execute/is-password-of";
import type { RotatedPasswords, Rotation } from "./rotated-secret";

/** A step of a rotation under the cluster's lock. */
export interface LockedRotation extends Rotation {
  readonly session: LockedSession;
}

const HOUR = 3_600_000;
const DEFAULT_OLD_PASSWORD_HOURS = 24;
/** The longest wait for a lock of the server that another connection holds, in seconds. */
const LOCK_WAIT_S = 10;

/** An account of the rotated user name, as the server has it. */
interface ServerAccount extends AccountId {
  readonly changed: number;
  readonly secondPassword: boolean;
  readonly tls: string;
}

/**
 * Gives the account the new password, and keeps the current one as its second. Does nothing if the new one
 * works already.
 *
 * An account has two passwords at most. If an earlier rotation was given up after this step, its password
 * is the first one, and the current one is the second: to retain then would lose the current one. So an
 * account with a second password gets the current one as its first again, before.
 * @throws AccountSecretError if neither password works, or none can be tried
 */
export async function setOnServer(rotation: LockedRotation, passwords: RotatedPasswords): Promise<void> {
  const { call, entry, session, user } = rotation;
  const { current, next } = passwords;
  const accounts = await accountsOf(session, user);
  if (accounts.length === 0 || accounts.some(({ tls }) => tls !== "ANY"))
    throw new AccountSecretError(
      `${entry.cluster}: ${user} does not exist, or needs a certificate for its logins, which the function does not ` +
        "have. It is not rotated: its present password stays.",
    );
  if (await isPasswordOf(rotation, next.password)) {
    await know(rotation, { rotatingSince: call.services.now().toISOString() });
    return;
  }
  if (!(await isPasswordOf(rotation, current.password)))
    throw new AccountSecretError(
      `${entry.cluster}: ${user} logs in neither by the current password of ${rotation.secret} nor by the new one: ` +
        "somebody else changed it. Plan and apply the cluster, then rotate again.",
    );
  const statements = accounts.flatMap(account => {
    const set = `ALTER USER ${quoteAccount(account)}${PASSWORD_LOGIN}`;
    const back = account.secondPassword ? [{ sql: set, password: current.password }] : [];
    return [...back, { sql: `${set} RETAIN CURRENT PASSWORD`, password: next.password }];
  });
  await run(rotation, statements);
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
  await recordIntent(call, subject, { statements: audited }, about);
  // From here on, another time of the last change is no sign of somebody else's.
  await know(rotation, { rotatingSince: call.services.now().toISOString() });
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
  await know(rotation, { rotatingSince: call.services.now().toISOString() });
  await recordResult(call, subject, report());
}

/**
 * Writes to the ledger until when the password before this one works.
 * @returns whether that was still to be done
 */
export async function finishOnServer(rotation: LockedRotation): Promise<boolean> {
  const { call, entry, session, user } = rotation;
  const known = await call.services.ledger.passwords.read(entry.cluster);
  const accounts = await accountsOf(session, user);
  // A ledger that was lost in between knows nothing of the account.
  const isOpen = accounts.some(account => {
    const before = known.get(quoteAccount(account));
    return !before || before.rotatingSince !== undefined;
  });
  if (!isOpen) return false;
  const hours = entry.oldPasswordHours ?? DEFAULT_OLD_PASSWORD_HOURS;
  const oldUntil = new Date(call.services.now().getTime() + hours * HOUR).toISOString();
  await know(rotation, { oldUntil });
  return true;
}

/** Writes to the ledger when the account's password was set last, and what becomes of its second one. */
async function know(
  { call, entry, session, user }: LockedRotation,
  about: Omit<KnownPassword, "changed">,
): Promise<void> {
  const { passwords } = call.services.ledger;
  const known = await passwords.read(entry.cluster);
  for (const account of await accountsOf(session, user))
    known.set(quoteAccount(account), { changed: account.changed, ...about });
  await passwords.write(entry.cluster, known);
}

async function accountsOf(session: LockedSession, user: string): Promise<ServerAccount[]> {
  const rows = await session.query(
    "SELECT User, Host, ssl_type, UNIX_TIMESTAMP(password_last_changed) AS changed, " +
      "JSON_EXTRACT(User_attributes, '$.additional_password') IS NOT NULL AS second " +
      `FROM mysql.user WHERE User = ${quoteText(user)} AND plugin = ${quoteText(PASSWORD_PLUGIN)} ORDER BY Host`,
  );
  return rows.map(row => ({
    user: String(row["User"]),
    host: String(row["Host"]),
    changed: Math.floor(Number(row["changed"])),
    secondPassword: Number(row["second"]) === 1,
    tls: String(row["ssl_type"]),
  }));
}
