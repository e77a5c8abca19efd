import { groupBy } from "../group-by";
import { byCodeUnit } from "../json";
import { nameSome } from "../name-some";
import type { AccountId, ObservedAccount, ObservedState } from "./observed-state";
import { quoteAccount } from "./quote";

/** Which account is granted to which as a role. */
export type RoleEdges = ObservedState["outside"]["roles"];

const byRole = new WeakMap<RoleEdges, ReadonlyMap<string, RoleEdges>>();

/** Each role's edges, by `quoteAccount`. They are grouped once, since thousands of accounts may ask. */
function edgesOf(role: string, edges: RoleEdges): RoleEdges {
  const groups = byRole.get(edges) ?? groupBy(edges, edge => quoteAccount(edge.role));
  byRole.set(edges, groups);
  return groups.get(role) ?? [];
}

/** The accounts that have the account as a role, or a role that has it, quoted and in order. */
function membersOf(account: AccountId, edges: RoleEdges): string[] {
  const own = quoteAccount(account);
  const found = new Set([own]);
  // A set is read on while it grows, and roles may form a circle.
  for (const role of found) for (const { member } of edgesOf(role, edges)) found.add(quoteAccount(member));
  found.delete(own);
  return [...found].sort(byCodeUnit);
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
