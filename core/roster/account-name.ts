/** Separates prefix and user name in an account (`sl_jane.doe`). A prefix contains none. */
const SEPARATOR = "_";

/** The prefix of managed accounts where nobody chooses another. */
export const DEFAULT_PREFIX = "sl";

/** A prefix: one to eight lower-case letters or digits, the first a letter. */
export const PREFIX_PATTERN = /^[a-z][a-z0-9]{0,7}$/;

/** The account of a user: prefix, `_`, user name. */
export const accountName = (prefix: string, user: string): string => `${prefix}${SEPARATOR}${user}`;

/**
 * Whether the account has the prefix. Compared literally, never as a pattern: `slack_bot` does not have the
 * prefix `sl`.
 */
export const hasPrefix = (prefix: string, account: string): boolean =>
  account.startsWith(prefix + SEPARATOR) && account.length > prefix.length + SEPARATOR.length;

/**
 * Whether the account belongs to AWS or to the server. Such accounts are never touched, whatever a payload
 * says.
 */
export const isSystemAccount = (account: string): boolean =>
  /^(mysql\.|rds(admin|proxyadmin|topmgr|(grp)?repladmin\w*)$|rds_|AWS_|root$)/i.test(account) ||
  account === "";
