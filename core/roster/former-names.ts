import { hasPrefix, isSystemAccount } from "./account-name";
import type { CeilingViolation } from "./ceiling";
import { accountNames, type Roster } from "./roster";

/** Every former name in the roster that cannot be one: it may be another one's account, or none of ours. */
export function formerNameViolations({ accounts, roles }: Roster, prefix: string): CeilingViolation[] {
  const claims = new Map<string, string>();
  return accountNames({ accounts, roles }).flatMap(account => {
    const { formerly } = accounts[account]!;
    if (formerly === undefined) return [];
    const other = claims.get(formerly);
    claims.set(formerly, other ?? account);
    const why =
      isSystemAccount(formerly) || !hasPrefix(prefix, formerly)
        ? "is no account that may be managed"
        : Object.hasOwn(accounts, formerly)
          ? "is declared, too"
          : other === undefined
            ? undefined
            : `is also the former name of \`${other}\``;
    return why === undefined
      ? []
      : [{ account, message: `has the former name \`${formerly}\`, which ${why}` }];
  });
}
