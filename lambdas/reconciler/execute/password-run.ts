import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { byCodeUnit } from "../../../core/json";
import { type AccountId, quoteAccount, quoteText } from "../../../core/mysql";
import { fillPasswords, type KnownPassword, passwordAccounts } from "../../../core/mysql/password-login";
import { databasesOf, filterAccounts, type Roster } from "../../../core/roster/roster";
import type { MySqlSession } from "../mysql/mysql-session";
import { isDone, type StatementResult } from "../mysql/run-statements";
import type { AccountPassword } from "../secrets/account-secrets";
import type { Services } from "../services/services";

/** A statement as it is sent, and the passwords in it. */
export interface FilledStatement {
  readonly sql: string;
  readonly passwords: readonly string[];
}

/** The passwords of one run on a cluster. They are in memory only. */
export class PasswordRun {
  readonly #services: Pick<Services, "accountSecrets" | "ledger">;
  readonly #entry: RegistryEntry;
  readonly #rosters: readonly (Roster | undefined)[];
  readonly #known: Map<string, KnownPassword>;
  readonly #used = new Map<string, AccountPassword>();

  /** @param known what the ledger knows; changed in place, as the ledger is */
  constructor(
    services: Pick<Services, "accountSecrets" | "ledger">,
    entry: RegistryEntry,
    rosters: readonly (Roster | undefined)[],
    known: Map<string, KnownPassword>,
  ) {
    this.#services = services;
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
    return this.#services.accountSecrets.passwordOf(this.#entry, user, dbname);
  }

  /**
   * Makes the passwords that were set the current ones, and writes to the ledger when they were.
   * @throws AccountSecretError, LedgerError: the next run then sets the same passwords again
   */
  async settle(session: MySqlSession, results: readonly StatementResult[]): Promise<void> {
    const done = results.filter(isDone);
    const set = done.flatMap(({ sql }) => passwordAccounts(sql));
    const discarded = new Set(
      done.filter(({ sql }) => sql.endsWith(DISCARDED)).flatMap(({ users }) => users),
    );
    if (set.length === 0 && discarded.size === 0) return;
    for (const user of new Set(set.map(one => one.user)))
      await this.#services.accountSecrets.confirm(this.#entry, this.#used.get(user)!);
    const users = [...new Set([...set.map(({ user }) => user), ...discarded])];
    for (const account of await changes(session, users)) {
      const key = quoteAccount(account);
      const before = this.#known.get(key);
      const isSet = set.some(({ user }) => user === account.user);
      const changed = isSet ? account.changed : before?.changed;
      if (changed === undefined) continue;
      const { oldUntil } = discarded.has(account.user) ? { oldUntil: undefined } : (before ?? {});
      this.#known.set(key, { changed, ...(oldUntil !== undefined && { oldUntil }) });
    }
    await this.#services.ledger.passwords.write(this.#entry.cluster, this.#known);
  }
}

const DISCARDED = " DISCARD OLD PASSWORD";

/** When the passwords of accounts were set last, by the server's clock. */
async function changes(
  session: MySqlSession,
  users: readonly string[],
): Promise<(AccountId & { readonly changed: number })[]> {
  const found = await session.query(
    "SELECT User, Host, UNIX_TIMESTAMP(password_last_changed) AS changed FROM mysql.user " +
      `WHERE User IN (${users.map(quoteText).join(", ")})`,
  );
  return found.map(row => ({
    user: String(row["User"]),
    host: String(row["Host"]),
    changed: Math.floor(Number(row["changed"])),
  }));
}
