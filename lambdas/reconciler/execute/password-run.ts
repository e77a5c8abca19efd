import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { byCodeUnit } from "../../../core/json";
import { type AccountId, quoteAccount, quoteText } from "../../../core/mysql";
import { fillPasswords, type KnownPassword, passwordAccounts } from "../../../core/mysql/password-login";
import { databasesOf, filterAccounts, type Roster } from "../../../core/roster/roster";
import type { MySqlSession } from "../mysql/mysql-session";
import { isDone, type StatementResult } from "../mysql/run-statements";
import type { AccountPassword } from "../secrets/account-secrets";
import type { Services } from "../services/services";
import { isPasswordOf, type LoginCall } from "./is-password-of";

/** A statement as it is sent, and the passwords in it. */
export interface FilledStatement {
  readonly sql: string;
  readonly passwords: readonly string[];
}

/** What of a call a run needs for passwords. */
export interface PasswordCall extends LoginCall {
  readonly services: LoginCall["services"] & Pick<Services, "accountSecrets" | "ledger" | "pause">;
}

/** The passwords of one run on a cluster. They are in memory only. */
export class PasswordRun {
  readonly #call: PasswordCall;
  readonly #entry: RegistryEntry;
  readonly #rosters: readonly (Roster | undefined)[];
  readonly #known: Map<string, KnownPassword>;
  readonly #used = new Map<string, AccountPassword>();
  /** When passwords were set, as read right after the statements. */
  readonly #atFirst = new Map<string, number>();

  /** @param known what the ledger knows; changed in place, as the ledger is */
  constructor(
    call: PasswordCall,
    entry: RegistryEntry,
    rosters: readonly (Roster | undefined)[],
    known: Map<string, KnownPassword>,
  ) {
    this.#call = call;
    this.#entry = entry;
    this.#rosters = rosters;
    this.#known = known;
  }

  /** The statement with its accounts' passwords; as it is if it needs none. @throws AccountSecretError */
  async fill(sql: string): Promise<FilledStatement> {
    const users = [...new Set(passwordAccounts(sql).map(({ user }) => user))];
    if (users.length === 0) return { sql, passwords: [] };
    for (const user of users) if (!this.#used.has(user)) this.#used.set(user, await this.#passwordOf(user));
    const passwords = users.map(user => this.#used.get(user)!.password);
    return { sql: fillPasswords(sql, ({ user }) => this.#used.get(user)!.password), passwords };
  }

  #passwordOf(user: string): Promise<AccountPassword> {
    const roster = this.#rosters.find(one => one && Object.hasOwn(one.accounts, user));
    const [dbname] = roster
      ? databasesOf(filterAccounts(roster, name => name === user)).sort(byCodeUnit)
      : [];
    return this.#call.services.accountSecrets.passwordOf(this.#entry, user, dbname);
  }

  /**
   * Makes the passwords that were set the current ones. Clients whose sessions end next read these.
   * @throws AccountSecretError: the next run then sets the same passwords again
   */
  async confirm(session: MySqlSession, results: readonly StatementResult[]): Promise<void> {
    const { set } = changedBy(results);
    if (set.size === 0) return;
    for (const user of set)
      await this.#call.services.accountSecrets.confirm(this.#entry, this.#used.get(user)!);
    for (const { changed, ...account } of (await readChanges(session, [...set])).accounts)
      this.#atFirst.set(quoteAccount(account), changed);
  }

  /**
   * Writes to the ledger when the passwords were set. Called once the sessions are ended, in which a holder
   * could have changed one in between; a change after that has another time. Nothing is written of an account
   * whose password is not, or not surely, that of its secret: the next run sets it again.
   * @throws LedgerError, DatabaseUnreachableError, ServerChangedError
   */
  async settle(session: MySqlSession, results: readonly StatementResult[]): Promise<void> {
    const { discarded, set } = changedBy(results);
    const users = [...new Set([...set, ...discarded])];
    if (users.length === 0) return;
    for (const account of await this.#inALaterSecond(session, users, set)) {
      const key = quoteAccount(account);
      const before = this.#known.get(key);
      const isSet = set.has(account.user);
      if (isSet && !(await this.#isOurs(session, account))) continue;
      const { oldUntil, ...rest } = before ?? {};
      const kept = discarded.has(account.user) || oldUntil === undefined ? {} : { oldUntil };
      if (isSet) this.#known.set(key, { changed: account.changed, ...kept });
      else if (before) this.#known.set(key, { ...rest, changed: before.changed, ...kept });
    }
    await this.#call.services.ledger.passwords.write(this.#entry.cluster, this.#known);
  }

  /** The accounts, read when no more change can have the time of ours: the server counts in seconds. */
  async #inALaterSecond(
    session: MySqlSession,
    users: readonly string[],
    set: ReadonlySet<string>,
  ): Promise<readonly ChangedAccount[]> {
    for (;;) {
      const { accounts, now } = await readChanges(session, users);
      const isLater = accounts.every(({ changed, user }) => !set.has(user) || changed < now);
      if (isLater || this.#call.deadline.left() < LEAST_MS) return accounts;
      await this.#call.services.pause(SECOND_MS);
    }
  }

  /** Whether nobody else has changed the password since. Who needs a certificate cannot be tried. */
  async #isOurs({ server }: MySqlSession, { changed, tls, ...account }: ChangedAccount): Promise<boolean> {
    if (this.#atFirst.get(quoteAccount(account)) !== changed) return false;
    if (CERTIFICATES.has(tls)) return true;
    const tried = { call: this.#call, entry: this.#entry, user: account.user, server };
    return isPasswordOf(tried, this.#used.get(account.user)!.password);
  }
}

const DISCARDED = " DISCARD OLD PASSWORD";
/** In `ssl_type`. */
const CERTIFICATES = new Set(["X509", "SPECIFIED"]);
const SECOND_MS = 1_000;
/** With less time left, the run waits for no later second. */
const LEAST_MS = 5_000;

/** The user names of accounts whose password statements set, or whose second one they discarded. */
function changedBy(results: readonly StatementResult[]) {
  const done = results.filter(isDone);
  return {
    set: new Set(done.flatMap(({ sql }) => passwordAccounts(sql)).map(({ user }) => user)),
    discarded: new Set(done.filter(({ sql }) => sql.endsWith(DISCARDED)).flatMap(({ users }) => users)),
  };
}

/** An account with the moment when its password was set last, in seconds by the server's clock. */
interface ChangedAccount extends AccountId {
  readonly changed: number;
  readonly tls: string;
}

async function readChanges(session: MySqlSession, users: readonly string[]) {
  const found = await session.query(
    "SELECT User, Host, ssl_type, UNIX_TIMESTAMP() AS now, " +
      "UNIX_TIMESTAMP(password_last_changed) AS changed FROM mysql.user " +
      `WHERE User IN (${users.map(quoteText).join(", ")})`,
  );
  const accounts = found.map(
    (row): ChangedAccount => ({
      user: String(row["User"]),
      host: String(row["Host"]),
      tls: String(row["ssl_type"]),
      changed: Math.floor(Number(row["changed"])),
    }),
  );
  return { accounts, now: Math.floor(Number(found[0]?.["now"] ?? Number.POSITIVE_INFINITY)) };
}
