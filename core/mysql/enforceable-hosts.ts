import { hostsOf } from "../roster/account-hosts";
import type { RosterAccount } from "../roster/roster";
import type { ObservedAccount } from "./observed-state";

/** An account of the target roster, and of the applied one. */
export interface AccountPair {
  readonly next: RosterAccount | undefined;
  readonly last: RosterAccount | undefined;
}

/**
 * The hosts at which enforcement may look after a user's accounts. All of them get the same. So where
 * rosters do not agree about a user who has several hosts, or another one, the run gives nothing: what only
 * one of the accounts holds is not to be had at the others. Hosts that one of the rosters has stay as found.
 * @param existing the accounts of the user name
 * @param isAgreed whether both rosters say the same of the account, and may give it
 * @returns undefined if there is nothing to look after
 */
export function enforceableHosts(
  { last, next }: AccountPair,
  existing: readonly ObservedAccount[],
  isAgreed: boolean,
): Pick<RosterAccount, "hosts" | "givesNothing"> | undefined {
  const [to, from] = [hostsOf((next ?? last)!), hostsOf((last ?? next)!)];
  const isSame = to.join() === from.join();
  const isBound = next?.givesNothing || last?.givesNothing;
  if (isSame && !isBound && (isAgreed || to.length === 1)) return { hosts: (next ?? last)!.hosts };
  const all = existing.map(({ host }) => host);
  const declared = all.filter(host => to.includes(host) || from.includes(host));
  const hosts = declared.length > 0 ? declared : all;
  return hosts.length > 0 ? { hosts, givesNothing: true } : undefined;
}
