import { readerOf } from "../contract/endpoint-region";
import type { RegistryEntry } from "../contract/registry-entry";
import { holdsAt, type Roster } from "../roster/roster";
import { onlyReads } from "../users/only-reads";

/** Where an account logs in: one that may only read at the reader endpoint, if the cluster's name has one. */
export function loginPlace(
  { host, port, region }: Pick<RegistryEntry, "host" | "port" | "region">,
  account: string,
  roster: Roster,
  now: Date,
): { readonly host: string; readonly port: number; readonly region: string } {
  const details = Object.hasOwn(roster.accounts, account) ? roster.accounts[account] : undefined;
  const reads = details !== undefined && onlyReads(roster, details, grant => holdsAt(grant, now));
  return { host: (reads ? readerOf(host) : undefined) ?? host, port, region };
}
