import { accountName } from "../roster/account-name";
import { MAX_ACCOUNT_LENGTH } from "../roster/roster";
import { type Fault, fault } from "./problem";

const CHOOSE_ANOTHER = "choose another with `account:`";

/**
 * Why the text cannot follow the prefix in an account; undefined if it can.
 * @param prefix undefined for an account without it
 */
export function accountFault(part: string, prefix: string | undefined): Fault | undefined {
  const account = prefix === undefined ? part : accountName(prefix, part);
  const written = `the account ${JSON.stringify(part)}`;
  if (/[\p{Cc}\p{Cf}\u2028\u2029]/u.test(part))
    return fault(`${written} holds an invisible character`, "leave it out");
  if (/[\u{10000}-\u{10ffff}]/u.test(part))
    return fault(
      `${written} holds a character beyond U+FFFF (an emoji, say), which MySQL cannot keep in an account`,
      CHOOSE_ANOTHER,
    );
  if (part !== part.trim())
    return fault(
      `${written} begins or ends with a space, which MySQL ignores when it compares accounts`,
      "leave it out",
    );
  if (/[*?]/.test(part))
    return fault(
      `${written} holds \`*\` or \`?\`, which are wildcards in the IAM policies that let it log in`,
      CHOOSE_ANOTHER,
    );
  const length = [...account].length;
  if (length <= MAX_ACCOUNT_LENGTH) return undefined;
  const room = MAX_ACCOUNT_LENGTH - (account.length - part.length);
  const message = `the account "${account}" has ${length} characters; MySQL takes ${MAX_ACCOUNT_LENGTH}`;
  return fault(message, `name a shorter one with \`account:\`, at most ${room} characters`);
}
