import { accountName } from "../roster/account-name";
import { MAX_ACCOUNT_LENGTH } from "../roster/roster";

/** What is wrong with the part of an account after its prefix; undefined where nothing. */
export function accountFault(part: string, prefix: string): { message: string; hint: string } | undefined {
  const account = accountName(prefix, part);
  const written = JSON.stringify(part);
  if (/[\p{Cc}\p{Cf}\u2028\u2029]/u.test(part))
    return { message: `the account ${written} holds an invisible character`, hint: "leave it out" };
  if (/[\u{10000}-\u{10ffff}]/u.test(part))
    return {
      message: `the account ${written} holds a character beyond U+FFFF (an emoji, say), which MySQL cannot keep in an account`,
      hint: "choose another with `account:`",
    };
  if (part !== part.trim())
    return {
      message: `the account ${written} begins or ends with a space, which MySQL does not tell apart`,
      hint: "leave it out",
    };
  if (/[*?]/.test(part))
    return {
      message: `the account ${written} holds \`*\` or \`?\`, which are wildcards in the IAM policies that let it log in`,
      hint: "choose another with `account:`",
    };
  const length = [...account].length;
  if (length > MAX_ACCOUNT_LENGTH) {
    const room = MAX_ACCOUNT_LENGTH - prefix.length - 1;
    return {
      message: `the account "${account}" has ${length} characters; MySQL takes ${MAX_ACCOUNT_LENGTH}`,
      hint: `name a shorter one with \`account:\`, at most ${room} characters`,
    };
  }
  return undefined;
}
