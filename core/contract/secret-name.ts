/** Below which the secrets of clusters are, where nobody chooses another path: `aurora-users/<cluster>`. */
export const DEFAULT_SECRET_PATH = "aurora-users";

/**
 * The name of the secret with an account's password: `aurora-users/orders/sl_order-sync`. Different
 * accounts have different names. What no name of a secret may hold is written as `=` and two hexadecimal
 * digits for each byte.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
 */
export const secretName = (path: string, account: string): string =>
  `${path}/${account.replace(/[^A-Za-z0-9_.@-]/gu, escaped)}`;

const escaped = (character: string): string =>
  [...new TextEncoder().encode(character)]
    .map(byte => `=${byte.toString(16).toUpperCase().padStart(2, "0")}`)
    .join("");

/** The account of the last part of a secret's name; undefined if `secretName` did not make it. */
export function accountOfSecret(part: string): string | undefined {
  const bytes: number[] = [];
  for (const [text] of part.matchAll(/=[0-9A-F]{2}|[\s\S]/gu))
    if (text.length === 3 && text.startsWith("=")) bytes.push(Number.parseInt(text.slice(1), 16));
    else bytes.push(...new TextEncoder().encode(text));
  const account = new TextDecoder().decode(new Uint8Array(bytes));
  return secretName("", account) === `/${part}` ? account : undefined;
}
