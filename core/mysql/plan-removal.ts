import type { ObservedAccount } from "./observed-state";
import { type Operation, operation, Step } from "./operation";
import { quoteAccount } from "./quote";
import { revokeExtras } from "./revoke-extras";
import { revokeRows } from "./revoke-rows";
import { FORMS } from "./statement-forms";
import type { AccountPlan, StatementsRequest } from "./statements-request";
import { type RevocationRules, unrevocableGrants } from "./unrevocable-grants";

/** The operations that remove an account, and what a reviewer must know about them. */
export type RemovalPlan = Pick<AccountPlan, "operations" | "notes">;

const lock = (account: ObservedAccount, why: string): Operation[] =>
  account.locked ? [] : [operation(Step.Lock, account, FORMS.lock.write(), why)];

/** A note where the account is used as a role: a lock does not stop its members. */
function usedAsRole(account: ObservedAccount): string[] {
  if (account.members.length === 0) return [];
  const members = account.members.map(quoteAccount).join(", ");
  return [
    `${quoteAccount(account)} is granted as a role to ${members}. They keep its privileges although it is locked.`,
  ];
}

/** Locks the account and leaves its grants. */
export const lockAccount = (account: ObservedAccount, why: string): RemovalPlan => ({
  operations: lock(account, why),
  notes: usedAsRole(account),
});

type RemovalRules = Omit<RevocationRules, "keeps"> & Pick<StatementsRequest, "definers">;

/**
 * Drops the account, unless views, routines, triggers or events run with its rights: MySQL 8.0 would drop it
 * with a warning and break them. Such an account is locked, and with `strip` also loses its grants. The
 * objects are found beforehand, because the server does not refuse the DROP reliably.
 */
export function planRemoval(account: ObservedAccount, rules: RemovalRules, why: string): RemovalPlan {
  if (account.definerOf.length === 0)
    return { operations: [operation(Step.Drop, account, FORMS.drop.write(), why)], notes: [] };
  const hasToGo = `${quoteAccount(account)} has to be removed, but is the DEFINER of ${account.definerOf.join(", ")}`;
  const events = account.definerOf.some(object => object.startsWith("EVENT "))
    ? " Its events keep running although it is locked: that is live access."
    : "";
  const locked = lock(account, `${why}; locked, because objects run with its rights`);
  if (rules.definers === "block") {
    const advice = "it is locked, not dropped. Give them another definer, then apply again.";
    return { operations: locked, notes: [`${hasToGo}: ${advice}${events}`, ...usedAsRole(account)] };
  }
  const unrevocable = new Set(unrevocableGrants(account, { keeps: () => false, ...rules }));
  if (unrevocable.size > 0) {
    const grants = `has grants that cannot be revoked (${[...unrevocable].join(", ")})`;
    const note = `${hasToGo} and ${grants}: it is locked, and keeps its grants.${events}`;
    return { operations: locked, notes: [note, ...usedAsRole(account)] };
  }
  const revocations = [...revokeExtras(account), ...revokeRows(account, new Map(), rules.names)];
  const note = `${hasToGo}: it is locked and loses its grants, which breaks them.${events}`;
  return {
    operations: [...locked, ...revocations.map(revocation => ({ ...revocation, why }))],
    notes: [note],
  };
}
