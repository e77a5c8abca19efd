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

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the very characters to escape
const ESCAPED = /[\0\n\r\u001a\\']/;
const ALL_ESCAPED = new RegExp(ESCAPED, "g");

/**
 * A string literal. Correct only while `sql_mode` does not contain NO_BACKSLASH_ESCAPES; the reconciler sets
 * the mode when it connects.
 * @see https://dev.mysql.com/doc/refman/8.0/en/string-literals.html
 */
export const quoteText = (text: string): string =>
  ESCAPED.test(text) ? `'${text.replace(ALL_ESCAPED, c => ESCAPES[c]!)}'` : `'${text}'`;

export { quoteIdentifier };

/** An account: `'sl_jane.doe'@'%'`. */
export const quoteAccount = (account: AccountId): string =>
  `${quoteText(account.user)}@${quoteText(account.host)}`;
