import type { NamesInGrants } from "./database-name";
import type { ObservedAccount } from "./observed-state";
import { type Operation, Step } from "./operation";
import { quoteAccount } from "./quote";
import { revokeExtras } from "./revoke-extras";
import { revokeRows } from "./revoke-rows";
import { type AdministratorPrivileges, unrevocableGrants } from "./unrevocable-grants";

/** What an account that has to go needs, and what a reviewer must know of it. */
export interface RemovalPlan {
  readonly operations: readonly Operation[];
  readonly notes: readonly string[];
}

const lock = (account: ObservedAccount, why: string): Operation[] =>
  account.locked ? [] : [{ step: Step.Lock, account, before: "ALTER USER", after: " ACCOUNT LOCK", why }];

/** Locking an account does not stop those that use it as a role. */
function usedAsRole(account: ObservedAccount): string[] {
  if (account.members.length === 0) return [];
  const members = account.members.map(quoteAccount).join(", ");
  return [
    `${quoteAccount(account)} is granted as a role to ${members}, who keep what it may do although it is locked.`,
  ];
}

/** Locks the account and leaves its grants. */
export const lockAccount = (account: ObservedAccount, why: string): RemovalPlan => ({
  operations: lock(account, why),
  notes: usedAsRole(account),
});

export interface RemovalRules {
  readonly definers: "block" | "strip";
  readonly administrator?: AdministratorPrivileges | undefined;
  readonly names: NamesInGrants;
}

/**
 * Drops the account, unless views, routines, triggers or events run as it: MySQL 8.0 would drop it with a warning and break
 * them. It is locked then, and with `strip` loses its grants as well. Looked for before, as the server's error cannot be trusted.
 */
export function planRemoval(account: ObservedAccount, rules: RemovalRules, why: string): RemovalPlan {
  if (account.definerOf.length === 0) {
    return { operations: [{ step: Step.Drop, account, before: "DROP USER", why }], notes: [] };
  }
  const name = quoteAccount(account);
  const objects = account.definerOf.join(", ");
  const events = account.definerOf.some(object => object.startsWith("EVENT "))
    ? " Its events keep running although it is locked: that is live access."
    : "";
  const locked = lock(account, `${why}; locked, as objects run as it`);
  if (rules.definers === "block") {
    const note = `${name} has to go, but is the DEFINER of ${objects}: it is locked, not dropped. Give them another definer, then apply again.${events}`;
    return { operations: locked, notes: [note, ...usedAsRole(account)] };
  }
  const kept = new Set(unrevocableGrants(account, () => false, rules.administrator, rules.names));
  if (kept.size > 0) {
    const note = `${name} has to go, but is the DEFINER of ${objects} and holds what cannot be revoked (${[...kept].join(", ")}): it is locked, and keeps its grants.${events}`;
    return { operations: locked, notes: [note, ...usedAsRole(account)] };
  }
  const strip = [...revokeExtras(account), ...revokeRows(account, new Map(), rules.names)].map(operation => ({
    ...operation,
    why,
  }));
  const note = `${name} has to go, but is the DEFINER of ${objects}: it is locked and loses its grants, which breaks them.${events}`;
  return { operations: [...locked, ...strip], notes: [note] };
}
