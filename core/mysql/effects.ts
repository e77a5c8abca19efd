import type { AccountId } from "./observed-state";
import { quoteAccount } from "./quote";

/**
 * What a statement does, as atoms of account, verb, object and privilege: `grant|'sl_a'@'%'|`orders`.*|SELECT`. Read from the very
 * SQL that the plan showed, so that what a reviewer saw and what apply may do cannot differ. Only statements as we write them
 * are understood; anything else is `undefined` and permits nothing.
 */
export function effectsOf(sql: string): readonly string[] | undefined {
  try {
    const scan = new Scanner(sql);
    const effects = statement(scan);
    return scan.atEnd() ? effects : undefined;
  } catch (error) {
    if (error instanceof NotOurs) return undefined;
    throw error;
  }
}

class NotOurs extends Error {}

import { IAM_LOGIN, NO_LIMITS, REQUIRE_TLS } from "./iam-login";

function statement(scan: Scanner): string[] {
  if (scan.take("CREATE USER ")) {
    const accounts = scan.list(() => scan.accountThen(IAM_LOGIN));
    scan.need(REQUIRE_TLS);
    scan.take(" ACCOUNT LOCK");
    return accounts.map(a => effect("create", a));
  }
  if (scan.take("ALTER USER ")) {
    let login = false;
    const accounts = scan.list(() => {
      const account = scan.account();
      login = scan.take(IAM_LOGIN);
      return account;
    });
    if (login) {
      scan.need(REQUIRE_TLS + NO_LIMITS);
      return accounts.map(a => effect("login", a));
    }
    const verb = scan.take(" ACCOUNT LOCK") ? "lock" : scan.need(" ACCOUNT UNLOCK", "unlock");
    return accounts.map(a => effect(verb, a));
  }
  if (scan.take("DROP USER ")) return scan.list(() => scan.account()).map(a => effect("drop", a));
  if (scan.take("RENAME USER ")) {
    const from = scan.account();
    scan.need(" TO ");
    return [effect("rename", from, quoteAccount(scan.account()))];
  }
  if (scan.take("GRANT ")) return privileges(scan, "grant", " TO ");
  if (scan.take("REVOKE PROXY ON ")) {
    const proxied = scan.account();
    scan.need(" FROM ");
    return scan.list(() => scan.account()).map(a => effect("revoke-proxy", a, quoteAccount(proxied)));
  }
  if (scan.take("REVOKE ")) {
    if (!scan.sees("'")) return privileges(scan, "revoke", " FROM ");
    const role = scan.account();
    scan.need(" FROM ");
    return scan.list(() => scan.account()).map(a => effect("revoke-role", a, quoteAccount(role)));
  }
  throw new NotOurs();
}

function privileges(scan: Scanner, verb: string, toOrFrom: string): string[] {
  const items = scan.list(() => scan.privilege()).flat();
  scan.need(" ON ");
  const object = scan.object();
  scan.need(toOrFrom);
  return scan
    .list(() => scan.account())
    .flatMap(account => items.map(item => effect(verb, account, object, item)));
}

const effect = (verb: string, account: AccountId, ...rest: string[]): string =>
  [verb, quoteAccount(account), ...rest].join("|");

const UNESCAPE: Record<string, string> = { "0": "\0", n: "\n", r: "\r", Z: "\u001a", "\\": "\\", "'": "'" };

/** Reads our own statements from left to right. */
class Scanner {
  private at = 0;

  constructor(private readonly sql: string) {}

  atEnd = (): boolean => this.at === this.sql.length;
  sees = (text: string): boolean => this.sql.startsWith(text, this.at);

  take(text: string): boolean {
    if (!this.sees(text)) return false;
    this.at += text.length;
    return true;
  }

  need(text: string, result = text): string {
    if (!this.take(text)) throw new NotOurs();
    return result;
  }

  list<T>(item: () => T): T[] {
    const items = [item()];
    while (this.take(", ")) items.push(item());
    return items;
  }

  /** `pattern` is sticky. */
  private match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.sql)?.[0];
    if (found === undefined) throw new NotOurs();
    this.at += found.length;
    return found;
  }

  private text = (): string =>
    this.match(/'(?:[^'\\]|\\[\s\S])*'/y)
      .slice(1, -1)
      .replace(/\\([\s\S])/g, (_, c: string) => UNESCAPE[c] ?? c);

  account(): AccountId {
    const user = this.text();
    this.need("@");
    return { user, host: this.text() };
  }

  accountThen(text: string): AccountId {
    const account = this.account();
    this.need(text);
    return account;
  }

  private identifier = (): string => this.match(/`(?:[^`]|``)*`/y);

  /** A privilege, once for each column that it names. */
  privilege(): string[] {
    const name = this.match(/[A-Z][A-Z_]*(?: [A-Z][A-Z_]*)*?(?=,| ON | \()/y);
    if (!this.take(" (")) return [name];
    const columns = this.list(this.identifier);
    this.need(")");
    return columns.map(column => `${name} (${column})`);
  }

  object(): string {
    if (this.take("*.*")) return "*.*";
    const type = ["FUNCTION ", "PROCEDURE ", "LIBRARY "].find(t => this.take(t)) ?? "";
    const database = this.identifier();
    this.need(".");
    return `${type}${database}.${this.take("*") ? "*" : this.identifier()}`;
  }
}
