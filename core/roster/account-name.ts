/** Separates prefix and user name in an account (`sl_jane.doe`), which is why a prefix holds none. */
const SEPARATOR = "_";

/** A prefix: one to eight lower-case letters or digits, the first a letter. */
export const PREFIX_PATTERN = /^[a-z][a-z0-9]{0,7}$/;

/** The account of a user: prefix, `_`, user name. */
export const accountName = (prefix: string, user: string): string => `${prefix}${SEPARATOR}${user}`;

/** Whether the account is one of the managed ones. Compared character by character, never as a pattern: `slack_bot` is not `sl_`'s. */
export const hasPrefix = (prefix: string, account: string): boolean =>
  account.startsWith(prefix + SEPARATOR) && account.length > prefix.length + SEPARATOR.length;

/** Accounts that belong to AWS or to the server: never touched, whatever a payload or a prefix says. */
export const isSystemAccount = (account: string): boolean =>
  /^(mysql\.|rdsadmin$|rds_|rdsrepladmin$|AWS_|root$)/i.test(account) || account === "";
