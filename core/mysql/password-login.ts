import { LIMIT_NAMES, type LoginTerms, requirementOf } from "./iam-login";
import type { AccountId, ObservedAccount } from "./observed-state";
import { quoteText } from "./quote";
import { SqlScanner, UnknownSyntaxError } from "./sql-scanner";

/** The login by a password that the functions generate and keep in Secrets Manager. */
export const PASSWORD_PLUGIN = "caching_sha2_password";
/** Is in place of the password wherever a statement is shown, recorded or compared. It is no SQL. */
const PLACEHOLDER = "<password from Secrets Manager>";
const IDENTIFIED = ` IDENTIFIED WITH ${PASSWORD_PLUGIN} BY `;
export const PASSWORD_LOGIN = `${IDENTIFIED}${PLACEHOLDER}`;
/**
 * When passwords end: never, or after the declared days. The server's own lifetime would lock a service out,
 * and no plan would show why.
 */
export const lifetimeText = (days: number | undefined): string =>
  ` PASSWORD EXPIRE ${days === undefined ? "NEVER" : `INTERVAL ${days} DAY`}`;
/**
 * The server may refuse a password that the account had before (3638), by its own default or by what somebody
 * set. A password that is set again is one. It counts for the statement that says it (measured).
 */
export const MAY_RETURN = " PASSWORD HISTORY 0 PASSWORD REUSE INTERVAL 0 DAY";

/** What the ledger knows of an account's password. The password itself is in Secrets Manager alone. */
export interface KnownPassword {
  /** `password_last_changed` after the functions set it, in seconds since 1970. */
  readonly changed: number;
  /**
   * Since when a rotation is under way: it may be half done, and the password in use may be the second one.
   * Absent: none is. An ISO 8601 timestamp.
   */
  readonly rotatingSince?: string | undefined;
  /** When that rotation counts as given up. Absent: a day later. An ISO 8601 timestamp. */
  readonly rotatingUntil?: string | undefined;
  /** When the password before it is discarded. Absent: there is none. An ISO 8601 timestamp. */
  readonly oldUntil?: string | undefined;
}

const DAY_MS = 86_400_000;

/** When a rotation that is under way counts as given up, in milliseconds since 1970; undefined: none is. */
export function rotationEnd({ rotatingSince, rotatingUntil }: KnownPassword): number | undefined {
  if (rotatingSince === undefined) return undefined;
  return rotatingUntil === undefined ? Date.parse(rotatingSince) + DAY_MS : Date.parse(rotatingUntil);
}

/** A rotation's time to write down what it did to the server. A change after that is somebody else's. */
const ROTATION_MS = 3_600_000;

/** By `quoteAccount`. */
export type KnownPasswords = ReadonlyMap<string, KnownPassword>;

/** Whether the account logs in by a password of the declared kind, whichever it is. */
export const isPasswordLogin = ({ plugin }: ObservedAccount): boolean => plugin === PASSWORD_PLUGIN;

/** Whether the password is the one that the functions set last. */
export function isPasswordKept(
  account: ObservedAccount,
  known: KnownPassword | undefined,
  now: Date,
): boolean {
  if (!isPasswordLogin(account)) return false;
  if (!known) return false;
  // Which of the two is the declared one, nobody knows: the first one is set again.
  const end = rotationEnd(known);
  if (account.secondPassword && !isBeforeRotation(account, known) && end! <= now.getTime()) return false;
  const isRotating =
    known.rotatingSince !== undefined && now.getTime() < Date.parse(known.rotatingSince) + ROTATION_MS;
  return isRotating || known.changed === account.passwordChanged;
}

/** Whether limits and TLS requirement are as declared. */
export const keepsTerms = (account: ObservedAccount, { limits, tls }: LoginTerms): boolean =>
  requirementOf(account) === tls && LIMIT_NAMES.every(name => account.limits[name] === limits[name]);

/**
 * Whether the second password is not of a rotation that is under way: there is none, or it has set no
 * password since the one before left its time.
 */
const isBeforeRotation = ({ passwordChanged }: ObservedAccount, known: KnownPassword): boolean =>
  known.rotatingSince === undefined || (known.oldUntil !== undefined && known.changed === passwordChanged);

/** What is to be done about a second password, which an account has after a rotation. */
export function secondPassword(
  account: ObservedAccount,
  known: KnownPassword | undefined,
  now: Date,
): "keep" | "over" | "unknown" {
  if (!account.secondPassword) return "keep";
  if (!known) return "unknown";
  const end = isBeforeRotation(account, known) ? Date.parse(known.oldUntil ?? "") : rotationEnd(known)!;
  if (Number.isNaN(end)) return "unknown";
  return now.getTime() < end ? "keep" : "over";
}

/** Whether a rotation left a second password whose time is over. */
export const isRotationOver = ({ oldUntil, rotatingSince }: KnownPassword, now: Date): boolean =>
  rotatingSince === undefined && oldUntil !== undefined && now >= new Date(oldUntil);

/** The heads of statements that set a login. */
const HEADS = ["CREATE USER ", "ALTER USER "];

/** Whether the statement has a placeholder that `fillPasswords` replaces. */
export const needsPassword = (sql: string): boolean => accountsOf(sql).accounts.length > 0;

/** The accounts whose passwords the statement needs, in order. */
export const passwordAccounts = (sql: string): readonly AccountId[] => accountsOf(sql).accounts;

/**
 * The statement with passwords instead of the placeholders. Only what this release writes is filled: the
 * head, then accounts that each log in by password, with commas between. The rest stays as it is: a
 * placeholder in a name or a certificate's subject is text.
 * @throws Error for another statement
 */
export function fillPasswords(sql: string, passwordOf: (account: AccountId) => string): string {
  const { accounts, head, tail } = accountsOf(sql);
  if (accounts.length === 0) throw new Error("the statement sets no password");
  const filled = accounts.map(({ text, ...account }) => text + IDENTIFIED + quoteText(passwordOf(account)));
  return `${head}${filled.join(", ")}${tail}`;
}

interface Parts {
  readonly head: string;
  readonly accounts: readonly (AccountId & { readonly text: string })[];
  readonly tail: string;
}

const NONE: Parts = { head: "", accounts: [], tail: "" };

function accountsOf(sql: string): Parts {
  const head = HEADS.find(text => sql.startsWith(text));
  if (head === undefined) return NONE;
  const scan = new SqlScanner(sql);
  scan.need(head);
  try {
    const accounts = scan.list(() => {
      const from = scan.position;
      const account = scan.account();
      const text = sql.slice(from, scan.position);
      scan.need(PASSWORD_LOGIN);
      return { ...account, text };
    });
    return { head, accounts, tail: sql.slice(scan.position) };
  } catch (error) {
    if (error instanceof UnknownSyntaxError) return NONE;
    throw error;
  }
}

/** How many characters of a password are too many in a text. */
const RECOGNISED = 6;

/**
 * A text of the server about a statement with passwords. It may quote the statement, also cut off in the
 * middle.
 */
export function withoutPasswords(text: string, passwords: readonly string[]): string {
  const shows = passwords.some(password =>
    [...password].some((_, at) => {
      const part = password.slice(at, at + RECOGNISED);
      return part.length === RECOGNISED && text.includes(part);
    }),
  );
  return shows ? "the server's text quotes the statement with its password, and is left out" : text;
}
