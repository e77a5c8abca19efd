import { parseObjectKey } from "../roster/granted-object";
import type { Roster } from "../roster/roster";
import { foldDatabase, type NamesInGrants } from "./database-name";
import { placeKey } from "./object-names";

/**
 * The roster with the databases of each account, and what is in them, as another roster spells them: what
 * differs in case alone is no change on a server that compares names without it.
 */
export function rosterSpelledAs(roster: Roster, other: Roster, names: NamesInGrants): Roster {
  if (names.lowerCaseTableNames === 0 || roster === other) return roster;
  const foldKey = (key: string) => {
    const object = parseObjectKey(key);
    return object ? placeKey(object, names) : key;
  };
  const accounts = Object.entries(roster.accounts).map(([user, account]) => {
    const known = Object.hasOwn(other.accounts, user) ? other.accounts[user] : undefined;
    const databases = spelled(account.databases, known?.databases, name => foldDatabase(name, names));
    const objects = account.objects && { objects: spelled(account.objects, known?.objects, foldKey) };
    return [user, { ...account, databases, ...objects }] as const;
  });
  return { ...roster, accounts: Object.fromEntries(accounts) };
}

/** The record with each key as `known` spells it. */
function spelled<T>(
  record: Readonly<Record<string, T>>,
  known: Readonly<Record<string, unknown>> | undefined,
  fold: (key: string) => string,
): Record<string, T> {
  const spellings = new Map(Object.keys(known ?? {}).map(key => [fold(key), key]));
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [spellings.get(fold(key)) ?? key, value]),
  );
}
