import type { Dice } from "../mysql/reconciler/hostile/dice";

/** Where logins are tried from. All of them are this machine. */
export const ADDRESSES = ["127.0.0.1", "127.0.1.7", "127.0.2.9", "127.1.0.1", "127.3.0.1"] as const;

interface Host {
  /** As a file says it, where the server keeps it in another way. */
  readonly written?: string;
  /** Which of the addresses it has. */
  readonly has: readonly string[];
}

const [A0, A1, A2, OTHER, FAR] = ADDRESSES;

/**
 * The hosts that files have, the nearest first: of the accounts of a user, the server takes the first one
 * here that has the client's address.
 */
const HOSTS: Readonly<Record<string, Host>> = {
  "127.0.1.7": { has: [A1] },
  "fd00::7": { written: "FD00:0:0::07", has: [] },
  "127.0.0.0/16": { has: [A0, A1, A2] },
  "127.0.2.0/255.255.255.0": { has: [A2] },
  "127.1.0.0/255.255.0.0": { has: [OTHER] },
  "127.0.0.%": { has: [A0] },
  "127.0._.7": { has: [A1] },
  "10.20.%": { has: [] },
  "127.%": { has: ADDRESSES },
  "%": { has: ADDRESSES },
};
const NAMES = Object.keys(HOSTS);

/** Where accounts made by hand are, next to declared ones. No file has these hosts. */
export const STRANGE_HOSTS = ["10.%", "127.3.%"] as const;
/** The address of the second of them. */
export const STRANGE_ADDRESS = FAR;

export const ANYWHERE: readonly string[] = ["%"];
/** The hosts of agents, and of accounts with the role `build` or on the project, whose files have none. */
export const DEFAULT_HOSTS = ["127.0.0.%", "127.0.2.0/255.255.255.0"] as const;

/** One to three hosts. `%` alone, too, lifts a default. */
export function newHosts(dice: Dice): readonly string[] {
  if (dice.chance(0.15)) return ANYWHERE;
  const drawn = Array.from({ length: 1 + dice.upTo(3) }, () => dice.pick(NAMES));
  return [...new Set(drawn)];
}

/** One host more, one less, others altogether, or none of the user's own. */
export function otherHosts(hosts: readonly string[] | undefined, dice: Dice): readonly string[] | undefined {
  if (!hosts) return newHosts(dice);
  const change = dice.upTo(4);
  if (change === 0) return [...new Set([...hosts, dice.pick(NAMES)])];
  if (change === 1 && hosts.length > 1) {
    const gone = dice.pick(hosts);
    return hosts.filter(one => one !== gone);
  }
  return change === 2 ? undefined : newHosts(dice);
}

export const written = (hosts: readonly string[]): readonly string[] =>
  hosts.map(host => HOSTS[host]!.written ?? host);

/** The host of the account that takes a login from the address; undefined if none does. */
export const landing = (hosts: readonly string[], address: string): string | undefined =>
  NAMES.find(name => hosts.includes(name) && HOSTS[name]!.has.includes(address));
