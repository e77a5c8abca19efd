import type { ObservedAccount } from "./observed-state";
import { type Operation, Step } from "./operation";
import { quoteAccount } from "./quote";

/** What an account that has to go needs, and what a reviewer must know of it. */
export interface Leaving {
  readonly operations: readonly Operation[];
  readonly notes: readonly string[];
}

const lock = (account: ObservedAccount, why: string): Operation[] =>
  account.locked ? [] : [{ step: Step.Lock, account, before: "ALTER USER", after: " ACCOUNT LOCK", why }];

/** Locks the account and leaves its grants. */
export const lockAccount = (account: ObservedAccount, why: string): Leaving => ({ operations: lock(account, why), notes: [] });

/**
 * Drops the account, unless views, routines, triggers or events run as it: MySQL 8.0 would drop it with a warning and break
 * them. It is locked then, and with `strip` loses its grants as well. Looked for before, as the server's error cannot be trusted.
 */
export function removeAccount(account: ObservedAccount, definers: "block" | "strip", why: string): Leaving {
  if (account.definerOf.length === 0) {
    return { operations: [{ step: Step.Drop, account, before: "DROP USER", why }], notes: [] };
  }
  const name = quoteAccount(account);
  const objects = account.definerOf.join(", ");
  const events = account.definerOf.some(object => object.startsWith("EVENT "))
    ? " Its events keep running although it is locked: that is live access."
    : "";
  const operations = lock(account, `${why}; locked, as objects run as it`);
  if (definers === "block") {
    const note = `${name} has to go, but is the DEFINER of ${objects}: it is locked, not dropped. Give them another definer, then apply again.${events}`;
    return { operations, notes: [note] };
  }
  const holds =
    account.globalPrivileges.length +
      account.dynamicPrivileges.length +
      account.databases.length +
      account.tables.length +
      account.routines.length >
      0 || account.globalGrantOption;
  if (holds) operations.push({ step: Step.RevokeEverything, account, before: "REVOKE ALL PRIVILEGES, GRANT OPTION FROM", why });
  for (const role of account.roles)
    operations.push({ step: Step.RevokeRole, account, before: `REVOKE ${quoteAccount(role)} FROM`, why });
  for (const proxied of account.proxies) {
    operations.push({ step: Step.RevokeProxy, account, before: `REVOKE PROXY ON ${quoteAccount(proxied)} FROM`, why });
  }
  const note = `${name} has to go, but is the DEFINER of ${objects}: it is locked and loses its grants, which breaks them.${events}`;
  return { operations, notes: [note] };
}
