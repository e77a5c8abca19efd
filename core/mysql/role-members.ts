import { byCodeUnit } from "../json";
import { nameSome } from "../name-some";
import type { AccountId, ObservedAccount, ObservedState } from "./observed-state";
import { quoteAccount } from "./quote";

/** Which account is granted to which as a role. */
export type RoleEdges = ObservedState["outside"]["roles"];

/** The accounts that have the account as a role, or a role that has it, quoted and in order. */
function membersOf(account: AccountId, edges: RoleEdges): string[] {
  const own = quoteAccount(account);
  const found = new Map([[own, account]]);
  // A map is read on while it grows, and roles may form a circle.
  for (const { host, user } of found.values())
    for (const { member, role } of edges)
      if (role.user === user && role.host === host) found.set(quoteAccount(member), member);
  found.delete(own);
  return [...found.keys()].sort(byCodeUnit);
}

const usedAsRole = (account: ObservedAccount, edges: RoleEdges, what: string): string[] => {
  const members = membersOf(account, edges);
  return members.length === 0
    ? []
    : [`${quoteAccount(account)} is granted as a role to ${nameSome(members)}. ${what}`];
};

/** A note where an account that is locked is used as a role: a lock does not stop its members. */
export const membersKeep = (account: ObservedAccount, edges: RoleEdges): string[] =>
  usedAsRole(account, edges, "They keep its privileges although it is locked.");

/** A note where an account that is dropped is used as a role. */
export const membersLose = (account: ObservedAccount, edges: RoleEdges): string[] =>
  usedAsRole(account, edges, "THEY LOSE what it gives them, when it is dropped.");

/** The same for one that is created again: it comes back without members. */
export const membersLoseForGood = (account: ObservedAccount, edges: RoleEdges): string[] =>
  usedAsRole(account, edges, "THEY LOSE what it gives them, and nobody grants it to them again.");
