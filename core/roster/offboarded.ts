import { lowerName } from "../catalogue/lower-case";
import type { MaybeUnproven } from "../unproven";
import { managedName, type OwnNames } from "./managed-names";
import type { Roster, RosterAccount } from "./roster";

/** What the ledger says of a person who was offboarded, or who was and is back. */
export interface OffboardMark extends MaybeUnproven {
  /** The name in the identity provider. */
  readonly person: string;
  readonly state: "offboarded" | "reinstated";
  /** When the state was written, as an ISO 8601 timestamp. */
  readonly at: string;
}

/** Names of an identity provider do not differ by case alone. */
export const samePerson = (a: string, b: string): boolean => lowerName(a) === lowerName(b);

/** A mark without a valid proof locks, and opens nothing. */
export const isOffboarded = ({ state, unproven }: OffboardMark): boolean =>
  state === "offboarded" || unproven !== undefined;

/** The marks that keep accounts locked. */
const locking = (marks: readonly OffboardMark[] = []): readonly OffboardMark[] => marks.filter(isOffboarded);

/**
 * Whether a declared account is a person's: their own, also while it is renamed, or that of an agent that
 * acts for them. A service acts for no person.
 */
export function isAccountOf(
  person: string,
  name: string,
  account: Pick<RosterAccount, "kind" | "user" | "owner" | "formerly">,
  names: OwnNames,
): boolean {
  if (account.kind === "service") return false;
  if (account.kind === "agent") return account.owner !== undefined && samePerson(account.owner, person);
  const own = managedName(names, person);
  // Of an unproven roster only the account's name is known.
  return (
    samePerson(account.user, person) || [name, account.formerly].some(one => one && samePerson(one, own))
  );
}

/** The roster in which the chosen accounts are suspended, too. */
export const withSuspended = (roster: Roster, isChosen: (user: string) => boolean): Roster => ({
  ...roster,
  accounts: Object.fromEntries(
    Object.entries(roster.accounts).map(([name, account]) => [
      name,
      isChosen(name) ? { ...account, suspended: true as const } : account,
    ]),
  ),
});

/** The roster in which the accounts of offboarded persons are suspended. Nothing else of them changes. */
export function withOffboarded(
  roster: Roster,
  marks: readonly OffboardMark[] | undefined,
  names: OwnNames,
): Roster {
  const all = locking(marks);
  if (all.length === 0) return roster;
  const accounts = Object.entries(roster.accounts).map(([name, account]) => {
    const mark = all.find(({ person }) => isAccountOf(person, name, account, names));
    return [
      name,
      mark ? { ...account, suspended: true as const, offboarded: mark.person } : account,
    ] as const;
  });
  return { ...roster, accounts: Object.fromEntries(accounts) };
}

/**
 * Whose account of this name is, if they are offboarded: as the roster says, or else by the name alone. So an
 * account that nobody declared, and that has their name, is theirs too.
 */
export function offboardedPerson(
  roster: Roster,
  marks: readonly OffboardMark[] | undefined,
  names: OwnNames,
): (user: string) => string | undefined {
  const byName = new Map(
    locking(marks).map(({ person }) => [lowerName(managedName(names, person)), person] as const),
  );
  return user =>
    Object.hasOwn(roster.accounts, user)
      ? roster.accounts[user]!.offboarded
      : byName.size === 0
        ? undefined
        : byName.get(lowerName(user));
}

/** The declared accounts of persons who were reinstated since a moment; all if that is not known. */
export function reinstatedAccounts(
  roster: Roster,
  marks: readonly OffboardMark[] | undefined,
  names: OwnNames,
  since: string | undefined,
): ReadonlySet<string> {
  const back = (marks ?? []).filter(
    mark => !isOffboarded(mark) && Date.parse(mark.at) >= Date.parse(since ?? NEVER),
  );
  const found = Object.entries(roster.accounts).filter(([name, account]) =>
    back.some(({ person }) => isAccountOf(person, name, account, names)),
  );
  return new Set(found.map(([name]) => name).filter(name => !roster.accounts[name]!.offboarded));
}

const NEVER = new Date(0).toISOString();
