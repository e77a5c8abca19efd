import { accountName } from "../roster/account-name";
import type { UserKind } from "../roster/roster";
import type { Fault } from "./problem";

/**
 * AWS's rule for the value of a session tag.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_Tag.html
 */
export const TAG_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** What names an account, and who has it. */
export interface Identity {
  readonly kind: UserKind;
  readonly username: string;
  readonly account: string;
  readonly email?: string;
}

/** Something about an account or an e-mail address that is probably not meant. */
export interface IdentityWarning extends Fault {
  readonly of: "account" | "email";
}

/**
 * Why nobody may be able to use an account: the policy of people names it by a session tag, which has the
 * user
 * name of the identity provider, letter for letter.
 * @param prefixes all prefixes that the account gets
 */
export function identityWarnings(identity: Identity, prefixes: readonly string[]): IdentityWarning[] {
  const { kind, account } = identity;
  const found: IdentityWarning[] = [];
  const repeated = prefixes.find(prefix => account.toLowerCase().startsWith(accountName(prefix, "")));
  if (repeated !== undefined)
    found.push({
      of: "account",
      message: `the account is "${accountName(repeated, account)}": it has the prefix twice`,
      hint: `write it without \`${accountName(repeated, "")}\``,
    });
  if (kind !== "person") return found;
  if (!TAG_VALUE.test(account))
    found.push({
      of: "account",
      message: `no session tag can hold "${account}", so no login by the tag reaches this account`,
      hint: "choose an `account:` of letters, digits, spaces and `_.:/=+-@`, and let the tag hold that",
    });
  return [...found, ...otherCase(identity)];
}

function otherCase({ username, account, email }: Identity): IdentityWarning[] {
  const addresses = email === undefined ? [] : [email, email.slice(0, email.lastIndexOf("@"))];
  const other = [username, ...addresses].find(
    name => name !== account && name.toLowerCase() === account.toLowerCase(),
  );
  if (other === undefined) return [];
  const [of, where] =
    other === username ? (["account", "the user name"] as const) : (["email", "the e-mail address"] as const);
  const differs = `${where} has "${other}", and the account "${account}"`;
  const message = `${differs}: a login compares upper and lower case`;
  const hint = "write both as the identity provider does, or the session tag names another account";
  return [{ of, message, hint }];
}
