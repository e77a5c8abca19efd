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

/**
 * How near a host is. Of the accounts of a user name, and of their rows for a database, the server uses the
 * one of the nearest host that matches: an address, a range as `10.0.0.0/8`, one with a netmask, then
 * patterns by their first wildcard (measured on 9.7; 8.0.31 does not order ranges as `10.0.0.0/8` by their
 * length, nor does either order rows for a table whose hosts have no wildcard). 0 is `%`.
 */
export function hostRank(host: string): number {
  const bits = maskBits(host);
  if (bits !== undefined) return bits + (!host.includes("/") ? 210 : /\/\d+$/.test(host) ? 170 : 130);
  const wildcard = host.search(/[%_]/);
  return wildcard < 0 ? NO_WILDCARD : Math.min(wildcard, NO_WILDCARD - 1);
}

const NO_WILDCARD = 128;
