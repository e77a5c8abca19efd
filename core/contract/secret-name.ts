/** Below which the secrets of clusters are, where nobody chooses another path: `aurora-users/<cluster>`. */
export const DEFAULT_SECRET_PATH = "aurora-users";

/**
 * The name of the secret with an account's password: `aurora-users/orders/sl_order-sync`. Different accounts have
 * different names. What no name of a secret may hold is written as `=` and two hexadecimal digits for each byte.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
 */
export const secretName = (path: string, account: string): string =>
  `${path}/${account.replace(/[^A-Za-z0-9_.@-]/gu, escaped)}`;

const escaped = (character: string): string =>
  [...new TextEncoder().encode(character)]
    .map(byte => `=${byte.toString(16).toUpperCase().padStart(2, "0")}`)
    .join("");
