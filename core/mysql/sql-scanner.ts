import type { AccountId } from "./observed-state";

/** The text at the scanner's position is not what our own statements have there. */
export class UnknownSyntaxError extends Error {}

const UNESCAPE: Record<string, string> = { "0": "\0", n: "\n", r: "\r", Z: "\u001a", "\\": "\\", "'": "'" };

/**
 * Reads our own statements from left to right. Every method but `take` throws UnknownSyntaxError if the text
 * differs.
 */
export class SqlScanner {
  readonly #sql: string;
  #at = 0;

  constructor(sql: string) {
    this.#sql = sql;
  }

  /** How far the text is read. */
  get position(): number {
    return this.#at;
  }

  atEnd(): boolean {
    return this.#at === this.#sql.length;
  }

  /** Moves past the text if it comes next. */
  take(text: string): boolean {
    if (!this.#sql.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  need(text: string): void {
    if (!this.take(text)) throw new UnknownSyntaxError();
  }

  list<T>(item: () => T): T[] {
    const items = [item()];
    while (this.take(", ")) items.push(item());
    return items;
  }

  /** Accounts with commas between, each followed by `each`. */
  accounts(each = ""): AccountId[] {
    return this.list(() => {
      const account = this.account();
      this.need(each);
      return account;
    });
  }

  account(): AccountId {
    const user = this.#text();
    this.need("@");
    return { user, host: this.#text() };
  }

  /** What follows REQUIRE, as it is written. */
  requirement(): string {
    return this.#match(/SSL|X509|(?:SUBJECT|ISSUER) '(?:[^'\\]|\\.)*'(?: AND ISSUER '(?:[^'\\]|\\.)*')?/y);
  }

  /** What follows WITH: `MAX_USER_CONNECTIONS 5`, one or more. */
  limits(): string[] {
    return this.#match(/MAX_[A-Z_]+ \d+(?: MAX_[A-Z_]+ \d+)*/y).split(/ (?=MAX_)/);
  }

  /** When a password ends: the number of days, or undefined for never. */
  passwordDays(): string | undefined {
    if (this.take(" PASSWORD EXPIRE NEVER")) return undefined;
    this.need(" PASSWORD EXPIRE INTERVAL ");
    const days = this.#match(/\d+/y);
    this.need(" DAY");
    return days;
  }

  /** A privilege on an object, once for each column that it names. PROXY is not one: it names an account. */
  privilege(): string[] {
    const name = this.#match(/(?!PROXY ON )[A-Z][A-Z0-9_]*(?: [A-Z0-9_]+)*?(?=,| \(| ON (?:\*|`|[A-Z]+ `))/y);
    if (!this.take(" (")) return [name];
    const columns = this.list(() => this.#identifier());
    this.need(")");
    return columns.map(column => `${name} (${column})`);
  }

  /** What a privilege applies to: everything, a database, a table or a routine. */
  object(): string {
    if (this.take("*.*")) return "*.*";
    const type = ["FUNCTION ", "PROCEDURE ", "LIBRARY "].find(t => this.take(t)) ?? "";
    const database = this.#identifier();
    this.need(".");
    return `${type}${database}.${this.take("*") ? "*" : this.#identifier()}`;
  }

  #text(): string {
    return this.#match(/'(?:[^'\\]|\\[\s\S])*'/y)
      .slice(1, -1)
      .replace(/\\([\s\S])/g, (_, c: string) => UNESCAPE[c] ?? c);
  }

  #identifier(): string {
    return this.#match(/`(?:[^`]|``)*`/y);
  }

  /** @param pattern a sticky one */
  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#sql)?.[0];
    if (found === undefined) throw new UnknownSyntaxError();
    this.#at += found.length;
    return found;
  }
}
