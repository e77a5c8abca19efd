import { isInside, maskBits } from "../roster/account-hosts";

/**
 * Whether an account of the host takes logins of the client. A client is shown by its name where the server
 * knows one, and else by its address. Undefined: of a client with a name, the address is not known.
 */
export function matchesHost(host: string, client: string): boolean | undefined {
  if (isInside(client, host) || likePattern(host).test(client)) return true;
  return /^[\d.]+$|:/.test(client) ? false : undefined;
}

const likePattern = (host: string): RegExp => {
  const escaped = host.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("%", ".*").replaceAll("_", ".")}$`, "is");
};

/** Without a wildcard. */
const EXACT = 128;

/**
 * How near a host is: of the accounts of a user name, and of the rows of a database or table, the server uses
 * the one with the highest number that matches. 0 is `%`.
 */
export function hostRank(host: string): number {
  const bits = maskBits(host);
  if (bits !== undefined) return EXACT + bits;
  const wildcard = host.search(/[%_]/);
  return wildcard < 0 ? EXACT : Math.min(wildcard, EXACT - 1);
}
