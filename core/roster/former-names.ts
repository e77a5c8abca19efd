import { accountName, hasPrefix, isSystemAccount } from "./account-name";
import type { CeilingViolation } from "./ceiling";
import { alsoManaged, type OwnNames } from "./managed-names";
import { accountNames, type Roster } from "./roster";

/** What is wrong with the names of accounts in the roster, apart from the prefix. */
export const nameViolations = (roster: Roster, names: OwnNames): CeilingViolation[] => [
  ...formerNameViolations(roster, names),
  ...secondNameViolations(roster, names),
];

/** Accounts with the prefix, of users whose accounts keep their own names: nobody has both. */
const secondNameViolations = ({ accounts }: Roster, names: OwnNames): CeilingViolation[] =>
  alsoManaged(names).flatMap(({ user }) => {
    const account = accountName(names.prefix, user);
    if (!Object.hasOwn(accounts, account)) return [];
    const message = `would be a second account of \`${user}\`, which keeps its own name, as \`alsoManages\` says`;
    return [{ account, message }];
  });

/** Every former name in the roster that cannot be one: it may be another one's account, or none of ours. */
function formerNameViolations({ accounts, roles }: Roster, { prefix }: OwnNames): CeilingViolation[] {
  const claims = new Map<string, string>();
  return accountNames({ accounts, roles }).flatMap(account => {
    const { formerly } = accounts[account]!;
    if (formerly === undefined) return [];
    const other = claims.get(formerly);
    claims.set(formerly, other ?? account);
    if (!hasPrefix(prefix, account))
      return [{ account, message: "keeps its own name, as `alsoManages` says, and can have no `formerly`" }];
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
