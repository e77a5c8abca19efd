import { nameSome } from "../name-some";
import { hasPrefix } from "../roster/account-name";
import {
  isManagedName,
  type ManagedNames,
  type NamedAccount,
  type OwnNames,
  takenOver,
} from "../roster/managed-names";
import { accountNames, type Roster } from "../roster/roster";
import type { ObservedState } from "./observed-state";
import { quoteAccount } from "./quote";

/**
 * The accounts to take over, by the declared ones that they become: only of those that a reviewed roster
 * declares. No document in Parameter Store renames an account.
 */
export const takenOverIn = (names: ManagedNames, reviewed: Roster): ReadonlyMap<string, NamedAccount> =>
  new Map([...takenOver(names)].filter(([account]) => Object.hasOwn(reviewed.accounts, account)));

/** The notes in the plan about accounts without the prefix that stay as they are. */
export const namedNotes = (
  names: ManagedNames,
  reviewed: Roster,
  previouslyDeclared: readonly string[],
): string[] => [
  ...[...takenOver(names)]
    .filter(([account]) => !Object.hasOwn(reviewed.accounts, account))
    .map(
      ([account, named]) =>
        `${quoteAccount(named)} is not taken over, since no file declares ${account}: it stays as it is.`,
    ),
  ...letGoNote(names, previouslyDeclared),
];

/** What happens to accounts that were declared, and that neither the prefix nor `alsoManages` names now. */
export function letGoNote(names: OwnNames, previouslyDeclared: readonly string[]): string[] {
  const letGo = previouslyDeclared.filter(name => !isManagedName(names, name));
  if (letGo.length === 0) return [];
  return [
    `No longer managed, since they have no prefix \`${names.prefix}_\` and \`alsoManages\` does not name them: ` +
      `${nameSome(letGo)}. They keep what they have.`,
  ];
}

/** The undeclared accounts that a plan and an event name: with `unmanaged: report` all of them. */
export const reportedAccounts = (
  { prefix, unmanaged }: OwnNames & { readonly unmanaged: string },
  undeclared: readonly string[],
): string[] => undeclared.filter(name => unmanaged === "report" || !hasPrefix(prefix, name));

/**
 * Accounts from before the cluster's prefix or `alsoManages` was changed cannot be observed any more, so they
 * are not managed.
 */
export function letGoProblems(roster: Roster, names: OwnNames): string[] {
  const letGo = accountNames(roster).filter(name => !isManagedName(names, name));
  if (letGo.length === 0) return [];
  return [
    `${nameSome(letGo)}: applied with another prefix than \`${names.prefix}_\` or another \`alsoManages\`, ` +
      "and not managed until the cluster is applied again.",
  ];
}

/**
 * The declared accounts that wait for an apply to rename one without the prefix. A run that created them
 * would leave two accounts where one is declared.
 */
export function awaitedTakeOvers(
  observed: ObservedState,
  takeOver: ReadonlyMap<string, NamedAccount> = new Map(),
): (user: string) => boolean {
  const exists = (user: string) => observed.accounts.some(account => account.user === user);
  const toTakeOver = new Set((observed.toTakeOver ?? []).map(quoteAccount));
  const waiting = [...takeOver].filter(
    ([user, account]) => !exists(user) && toTakeOver.has(quoteAccount(account)),
  );
  const users = new Set(waiting.map(([user]) => user));
  return user => users.has(user);
}
