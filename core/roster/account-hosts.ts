import * as z from "zod";
import { byCodeUnit } from "../json";

/** The host of an account that logs in from anywhere. It is every account's that declares none. */
export const ANY_HOST = "%";

/** The longest host that every version of MySQL keeps. */
const MAX_HOST_LENGTH = 60;

const OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const IPV4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);
/** Up to four parts of an IPv4 address: octets, or digits and wildcards. */
const PART = `(?:${OCTET}|(?=\\d*[%_])[\\d%_]{1,3})`;
const IPV4_PATTERN = new RegExp(`^${PART}(?:\\.${PART}){0,3}$`);
const IPV6_PATTERN = /^[\da-f%_]*(:[\da-f%_]*)+$/;
const ALL_BITS = 2 ** 32;

/** A range of IPv4 addresses, as numbers of 32 bits. */
interface Network {
  readonly ip: number;
  readonly mask: number;
}

const numberOf = (ip: string): number => ip.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
/** JavaScript's `&` makes a signed number. */
const and = (a: number, b: number): number => (a & b) >>> 0;

function maskOf(text: string): number | undefined {
  if (IPV4.test(text)) return numberOf(text);
  return /^(3[0-2]|[12]?\d)$/.test(text) ? ALL_BITS - 2 ** (32 - Number(text)) : undefined;
}

/**
 * The addresses of a host that is an IPv4 address, or one with a netmask or the length of one. The server
 * takes no netmask with holes (measured).
 */
function networkOf(host: string): Network | undefined {
  const [ip = "", bits, ...rest] = host.split("/");
  if (!IPV4.test(ip) || rest.length > 0) return undefined;
  const mask = bits === undefined ? ALL_BITS - 1 : maskOf(bits);
  const hasHoles = mask !== undefined && !Number.isInteger(Math.log2(ALL_BITS - mask));
  return mask === undefined || hasHoles ? undefined : { ip: numberOf(ip), mask };
}

/** Whether an IPv4 address is one of the host's, where that is an address or has a netmask. */
export function isInside(address: string, host: string): boolean {
  const network = networkOf(host);
  return network !== undefined && IPV4.test(address) && and(numberOf(address), network.mask) === network.ip;
}

/** How many bits the host's netmask has; undefined for a pattern, a name or an IPv6 address. */
export function maskBits(host: string): number | undefined {
  const network = networkOf(host);
  return network && 32 - Math.log2(ALL_BITS - network.mask);
}

const dotted = (number: number): string =>
  [24, 16, 8, 0].map(shift => Math.floor(number / 2 ** shift) % 256).join(".");

/** The one text of an IPv6 address that the server compares with; undefined if it is none. */
function canonicalIpv6(text: string): string | undefined {
  if (!/^[\da-f:]+$/i.test(text)) return undefined;
  try {
    return new URL(`http://[${text}]/`).hostname.slice(1, -1);
  } catch {
    return undefined;
  }
}

/** The IPv4 address as which the server shows clients of an IPv6 one: of `::ffff:a00:1` and of `::a00:1`. */
function ipv4Of(ipv6: string): string | undefined {
  const groups = ipv6.slice(2).split(":");
  const [low = 0, high = 0, top, ...more] = groups.map(group => Number.parseInt(group, 16)).reverse();
  const isMapped = top === 0xffff;
  if (!ipv6.startsWith("::") || more.length > 0 || (top !== undefined && !isMapped)) return undefined;
  const number = high * 65_536 + low;
  return isMapped || number > 1 ? dotted(number) : undefined;
}

/** The host as the server keeps and compares it. */
const canonicalHost = (host: string): string => canonicalIpv6(host) ?? host.toLowerCase();

/** Why a text cannot be the host of a declared account; undefined if it can. */
export function hostFault(text: string): string | undefined {
  const host = canonicalHost(text);
  const shown = JSON.stringify(text);
  if (host.includes("/")) return networkFault(shown, host);
  if (IPV4.test(host)) return undefined;
  if (canonicalIpv6(host) !== undefined) {
    const ipv4 = ipv4Of(host);
    return ipv4 && `${shown} is an address of IPv4 to the server: write \`${ipv4}\``;
  }
  if (!/[%_]/.test(host) || !/^[\da-f.:%_]+$/.test(host))
    return /[g-z-]/.test(host)
      ? `${shown} is a host name, and Aurora does not resolve names of clients: write addresses`
      : `${shown} is no address: write \`10.20.%\`, \`10.20.0.0/255.255.0.0\` or an address`;
  if (host.includes("%%")) return `${shown} has \`%\` twice in a row: write it once`;
  return IPV4_PATTERN.test(host) || IPV6_PATTERN.test(host)
    ? undefined
    : `${shown} matches no address: a pattern has up to four parts of numbers up to 255, \`%\` and \`_\``;
}

function networkFault(shown: string, host: string): string | undefined {
  const found = networkOf(host);
  if (!found)
    return `${shown} is no IPv4 address with a netmask of ones and then zeros: write \`10.20.0.0/255.255.0.0\``;
  const { ip, mask } = found;
  if (mask === 0) return `${shown} is every address: write \`%\``;
  const network = `${dotted(and(ip, mask))}/${host.slice(host.indexOf("/") + 1)}`;
  return and(ip, mask) === ip
    ? undefined
    : `${shown} has bits beyond its netmask, so no address matches: write \`${network}\``;
}

/** Whether two hosts are the same addresses, in one spelling or two. */
function isSameHost(a: string, b: string): boolean {
  const [one, other] = [canonicalHost(a), canonicalHost(b)];
  const [x, y] = [networkOf(one), networkOf(other)];
  return one === other || (x !== undefined && y !== undefined && x.ip === y.ip && x.mask === y.mask);
}

/** Whether each address of the host is one of the other's, too. In doubt no. */
export function isWithin(host: string, other: string): boolean {
  if (host === other || other === ANY_HOST) return true;
  const [x, y] = [networkOf(host), networkOf(other)];
  if (x && y) return and(x.mask, y.mask) === y.mask && and(x.ip, y.mask) === y.ip;
  if (host.includes("/") || other.includes("/")) return false;
  const escaped = other.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("%", ".*").replaceAll("_", "[^%]")}$`).test(host);
}

const hostSchema = z
  .string()
  .min(1)
  .max(MAX_HOST_LENGTH)
  .superRefine((text, context) => {
    const message = hostFault(text);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  })
  .describe("An IPv4 or IPv6 address, one with a netmask (`10.0.0.0/255.0.0.0`), or a pattern (`10.20.%`)");

/** The hosts of an account, as people write them. */
export const hostsSchema = z
  .array(hostSchema)
  .min(1)
  .superRefine((hosts, context) => {
    for (const [index, host] of hosts.entries()) {
      const first = hosts.slice(0, index).find(other => isSameHost(host, other));
      if (first !== undefined)
        context.addIssue({
          code: "custom",
          message: `"${host}" and "${first}" are the same addresses: leave one out`,
        });
    }
  })
  .describe("Where the account logs in from. Absent: from anywhere (`%`)");

/** The hosts as a roster has them; undefined for `%` alone. */
export function canonicalHosts(hosts: readonly string[]): readonly string[] | undefined {
  const all = hosts.map(canonicalHost).sort(byCodeUnit);
  return all.length === 1 && all[0] === ANY_HOST ? undefined : all;
}

/** The hosts in a roster. */
export const rosterHostsSchema = hostsSchema
  .refine(
    hosts => JSON.stringify(canonicalHosts(hosts)) === JSON.stringify(hosts),
    "are not in order, or are not written as the server keeps them",
  )
  .readonly();

/** The hosts of an account in a roster. */
export const hostsOf = ({ hosts }: { readonly hosts?: readonly string[] | undefined }): readonly string[] =>
  hosts ?? FROM_ANYWHERE;
const FROM_ANYWHERE: readonly string[] = [ANY_HOST];

/**
 * The host under which an account is made whose user name has others: no client has it, so that the account
 * takes no login before it is complete. Names below `invalid` do not exist (RFC 6761).
 */
export const stagingHost = (host: string): string => `${host}${STAGING}`;
export const isStagingHost = (host: string): boolean => host.endsWith(STAGING);
const STAGING = ".invalid";
