import { byCodeUnit } from "../json";
import { ACCOUNT_HOST } from "./desired-account";
import type { ObservedState } from "./observed-state";

/**
 * The accounts with the prefix that nobody declared, in order. An account is named `sl_eve`, or `sl_bob@10.%`
 * if `sl_bob` is declared and exists: the server then has a second account of that name, for logins from
 * there.
 */
export function findUndeclared({ accounts }: ObservedState, isDeclared: (user: string) => boolean): string[] {
  const exact = new Set(accounts.filter(({ host }) => host === ACCOUNT_HOST).map(({ user }) => user));
  const names = accounts.flatMap(({ user, host }) => {
    if (!isDeclared(user)) return [user];
    return host !== ACCOUNT_HOST && exact.has(user) ? [`${user}@${host}`] : [];
  });
  return [...new Set(names)].sort(byCodeUnit);
}
