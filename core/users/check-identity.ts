import { accountName } from "../roster/account-name";
import type { Field } from "./field";
import type { User } from "./resolve-user";

/** AWS's rule for the value of a session tag. https://docs.aws.amazon.com/STS/latest/APIReference/API_Tag.html */
const TAG_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** The fields of one user's file that name the account. */
export interface IdentityFields {
  readonly account: Field;
  readonly email: Field;
}

/**
 * Warns about an account that nobody may be able to use: the policy of people names it by a session tag, which
 * has the user name of the identity provider, letter for letter.
 */
export function checkIdentity(
  { kind, username, account, email }: Omit<User, "grants" | "file">,
  fields: IdentityFields,
  prefixes: readonly string[],
): void {
  const repeated = prefixes.find(prefix => account.toLowerCase().startsWith(accountName(prefix, "")));
  if (repeated !== undefined)
    fields.account.warn(`the account is "${accountName(repeated, account)}": it has the prefix twice`, {
      hint: `write it without \`${accountName(repeated, "")}\``,
    });
  if (kind !== "person") return;
  if (!TAG_VALUE.test(account))
    fields.account.warn(`no session tag can hold "${account}", so no login by the tag reaches this account`, {
      hint: "choose an `account:` of letters, digits, spaces and `_.:/=+-@`, and let the tag hold that",
    });
  const local = email?.slice(0, email.lastIndexOf("@"));
  const others = [username, ...(email === undefined ? [] : [email, local])];
  const other = others.find(name => name !== account && name?.toLowerCase() === account.toLowerCase());
  if (other === undefined) return;
  const where = other === username ? "the user name" : "the e-mail address";
  const field = other === username ? fields.account : fields.email;
  field.warn(`${where} has "${other}", and the account "${account}": a login compares upper and lower case`, {
    hint: "write both as the identity provider does, or the session tag names another account",
  });
}
