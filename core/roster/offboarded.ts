import { lowerName } from "../catalogue/lower-case";
import type { MaybeUnproven } from "../unproven";
import { accountName } from "./account-name";
import { alsoManaged, type OwnNames } from "./managed-names";
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

/**
 * Whether a mark locks. One that locks needs no proof. One that says that it is undone locks if its proof is
 * missing or wrong: somebody else wrote it.
 */
export const isOffboarded = ({ state, unproven }: OffboardMark): boolean =>
  state === "offboarded" || unproven === "missing" || unproven === "invalid";

/**
 * Whether nobody can say now if an undone mark is proven, because the key does not answer. Accounts of the
 * person stay as they are found.
 */
export const isUncertain = (mark: OffboardMark): boolean =>
  !isOffboarded(mark) && mark.unproven !== undefined;

/**
 * The names, as the server lowers them, of accounts that are a person's by the name alone: with the prefix,
 * and without it if the account is managed by its own name.
 */
export const accountNamesOf = (person: string, names: OwnNames): ReadonlySet<string> =>
  new Set([
    lowerName(accountName(names.prefix, person)),
    ...alsoManaged(names)
      .map(({ user }) => lowerName(user))
      .filter(user => user === lowerName(person)),
  ]);

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
  const own = accountNamesOf(person, names);
  // Of an unproven roster only the account's name is known.
  return (
    samePerson(account.user, person) || [name, account.formerly].some(one => one && own.has(lowerName(one)))
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

/**
 * The roster in which the accounts of offboarded persons are suspended. Nothing else of them changes.
 * @param isLocked whether an account is locked now: that of an uncertain mark stays so, or stays open
 */
export function withOffboarded(
  roster: Roster,
  marks: readonly OffboardMark[] = [],
  names: OwnNames,
  isLocked: (user: string) => boolean,
): Roster {
  const [all, uncertain] = [locking(marks), marks.filter(isUncertain)];
  if (all.length + uncertain.length === 0) return roster;
  const accounts = Object.entries(roster.accounts).map(([name, account]) => {
    const isOf = ({ person }: OffboardMark) => isAccountOf(person, name, account, names);
    const mark = all.find(isOf);
    if (mark) return [name, { ...account, suspended: true as const, offboarded: mark.person }] as const;
    const isKept = isLocked(name) && uncertain.some(isOf);
    return [name, isKept ? { ...account, suspended: true as const } : account] as const;
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
    locking(marks).flatMap(({ person }) =>
      [...accountNamesOf(person, names)].map(name => [name, person] as const),
    ),
  );
  return user =>
    Object.hasOwn(roster.accounts, user)
      ? roster.accounts[user]!.offboarded
      : byName.size === 0
        ? undefined
        : byName.get(lowerName(user));
}

/** Whose account of this name is, if they were offboarded and are back. */
export function reinstatedPerson(
  { accounts }: Roster,
  marks: readonly OffboardMark[] = [],
  names: OwnNames,
): (user: string) => string | undefined {
  const back = marks.filter(mark => !isOffboarded(mark));
  const isOf = (person: string, user: string) =>
    Object.hasOwn(accounts, user)
      ? isAccountOf(person, user, accounts[user]!, names)
      : accountNamesOf(person, names).has(lowerName(user));
  return user => back.find(({ person }) => isOf(person, user))?.person;
}

/**
 * The declared accounts of persons who were reinstated since a run last succeeded; none if none ever did, as
 * an item of long ago may be put back.
 */
export function reinstatedAccounts(
  roster: Roster,
  marks: readonly OffboardMark[] | undefined,
  names: OwnNames,
  since: string | undefined,
): ReadonlySet<string> {
  if (since === undefined) return new Set();
  const back = (marks ?? []).filter(
    mark => mark.state === "reinstated" && !mark.unproven && Date.parse(mark.at) >= Date.parse(since),
  );
  const found = Object.entries(roster.accounts).filter(([name, account]) =>
    back.some(({ person }) => isAccountOf(person, name, account, names)),
  );
  return new Set(found.map(([name]) => name).filter(name => !roster.accounts[name]!.offboarded));
}
