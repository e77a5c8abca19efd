const LOCAL = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const DOMAIN = /^[\p{L}\p{N}]([\p{L}\p{N}-]*[\p{L}\p{N}])?(\.[\p{L}\p{N}]([\p{L}\p{N}-]*[\p{L}\p{N}])?)*$/u;

/** A mail address in its two parts, before and after the `@`. */
export interface MailParts {
  readonly local: string;
  readonly domain: string;
}

/** The parts of one plain address; undefined if it has a comment, quote, list, route or second address. */
export function splitMailAddress(address: string): MailParts | undefined {
  const at = address.lastIndexOf("@");
  const [local, domain] = [address.slice(0, at), address.slice(at + 1)];
  const isPlain = at > 0 && local.length <= 64 && address.length <= 254;
  return isPlain && LOCAL.test(local) && DOMAIN.test(domain) ? { local, domain } : undefined;
}
