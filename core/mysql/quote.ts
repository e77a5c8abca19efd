import { quoteIdentifier } from "../catalogue/quote-identifier";
import type { AccountId } from "./observed-state";

const ESCAPES: Record<string, string> = {
  "\0": "\\0",
  "\n": "\\n",
  "\r": "\\r",
  "\u001a": "\\Z",
  "\\": "\\\\",
  "'": "\\'",
};

/**
 * A string literal. Correct only while `sql_mode` does not contain NO_BACKSLASH_ESCAPES; the reconciler sets
 * the mode when it connects.
 * @see https://dev.mysql.com/doc/refman/8.0/en/string-literals.html
 */
export const quoteText = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the very characters to escape
  `'${text.replace(/[\0\n\r\u001a\\']/g, c => ESCAPES[c]!)}'`;

export { quoteIdentifier };

/** An account: `'sl_jane.doe'@'%'`. */
export const quoteAccount = (account: AccountId): string =>
  `${quoteText(account.user)}@${quoteText(account.host)}`;
